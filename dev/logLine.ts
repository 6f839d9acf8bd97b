/** A line of a process's log for a person: its structured lines as level, message and what goes with it. */
const LEVELS: Record<number, string> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

/** What every line has and nobody reads at a terminal. */
const EVERYWHERE = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg']);

/** What moves a terminal's cursor, ends a line, changes its direction or is no text at all. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/** Users write some of what is logged: nothing of it begins a line, or does anything to the terminal but show. */
export function readable(line: string): string {
  const entry = parse(line);
  if (!entry) return printable(line);
  const details = Object.entries(entry)
    .filter(([key]) => !EVERYWHERE.has(key))
    .map(([key, value]) => `${key}=${brief(value)}`);
  return printable([`${LEVELS[Number(entry.level)] ?? ''}${entry.msg}`, ...details].join(' '));
}

/** The text with escapes in place of what must not be printed; tabs are spaces. */
export const printable = (text: string): string =>
  text
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);

function brief(value: unknown): string {
  // In quotes where it could be taken for more than one field.
  if (typeof value === 'string') return /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value);
  // Of an error its message: where it came from is not what a person at a terminal is after.
  const error = typeof value === 'object' && value !== null && 'stack' in value && 'message' in value;
  return error ? String(value.message) : JSON.stringify(value);
}

function parse(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry: unknown = JSON.parse(line);
    return typeof entry === 'object' && entry !== null && 'msg' in entry ? { ...entry } : undefined;
  } catch {
    return undefined;
  }
}
