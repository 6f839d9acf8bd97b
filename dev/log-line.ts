/** Formats a log line of a process for a terminal: the level, the message and the fields of a JSON line. */
const LEVELS: Record<number, string> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

/** Fields of every line that are not shown at a terminal. */
const HIDDEN_FIELDS = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg']);

/** Characters that move a terminal's cursor, end a line, change the text direction or are not text. */
const UNPRINTABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Bidi_Control}]/gu;

/** Logged values may come from users: they must not begin a line or control the terminal. */
export function formatLine(line: string): string {
  const entry = parse(line);
  if (!entry) return escapeUnprintable(line);
  const details = Object.entries(entry)
    .filter(([key]) => !HIDDEN_FIELDS.has(key))
    .map(([key, value]) => `${key}=${formatValue(value)}`);
  return escapeUnprintable([`${LEVELS[Number(entry.level)] ?? ''}${entry.msg}`, ...details].join(' '));
}

/** Escapes unprintable characters, and replaces tabs by spaces. */
export const escapeUnprintable = (text: string): string =>
  text
    .replaceAll('\t', ' ')
    .replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);

function formatValue(value: unknown): string {
  // Quotes separate a value with blanks from the next field.
  if (typeof value === 'string') return /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value);
  // Only the message of an error: its stack is too long for a terminal.
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
