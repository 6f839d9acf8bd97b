/** A call of the SDK as a programmer would write it, to be shown after it was made. Pure. */

/** `hub.log({ … })`: refs in their short form, what is undefined left out. */
export function callText(name: string, ...input: unknown[]): string {
  return `${name}(${input.map((each) => written(each, '')).join(', ')})`;
}

function written(value: unknown, indent: string): string {
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map((each) => written(each, indent)).join(', ')}]`;
  const entries = Object.entries(value).filter(([, each]) => each !== undefined);
  const fields = new Map(entries);
  const [type, id] = [fields.get('type'), fields.get('id')];
  if (typeof type === 'string' && typeof id === 'string') return quoted(`${type}:${id}`);
  const inner = `${indent}  `;
  const lines = entries.map(([key, each]) => `${inner}${key}: ${written(each, inner)},\n`);
  const short = `{ ${entries.map(([key, each]) => `${key}: ${written(each, inner)}`).join(', ')} }`;
  return short.length <= 48 && !short.includes('\n') ? short : `{\n${lines.join('')}${indent}}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'").replaceAll('\n', '\\n')}'`;
}
