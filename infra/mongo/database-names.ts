/** Each space has its own database. The default space has the one that the address names. */
const DEFAULT_DATABASE = 'hubbub';

const baseName = (uri: string): string =>
  /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(uri)?.[1] ?? DEFAULT_DATABASE;

/** Returns the name of a space's database. `uri`: the address of the connection. */
export const databaseOf = (uri: string, space: string): string =>
  space === 'default' ? baseName(uri) : `${baseName(uri)}-${space}`;

/** Returns the space of a database, or `null` if it belongs to another program. */
export function spaceOf(uri: string, database: string): string | null {
  const base = baseName(uri);
  if (database === base) return 'default';
  return database.startsWith(`${base}-`) ? database.slice(base.length + 1) : null;
}
