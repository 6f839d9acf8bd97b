/** A line of a process's log for a person: its structured lines as level, message and what goes with it. */
const LEVELS: Record<number, string> = { 40: 'warning: ', 50: 'error: ', 60: 'fatal: ' };

/** What every line has and nobody reads at a terminal. */
const EVERYWHERE = new Set(['level', 'time', 'pid', 'hostname', 'name', 'msg']);

export function readable(line: string): string {
  const entry = parse(line);
  if (!entry) return line;
  const details = Object.entries(entry)
    .filter(([key]) => !EVERYWHERE.has(key))
    .map(([key, value]) => `${key}=${brief(value)}`);
  return [`${LEVELS[Number(entry.level)] ?? ''}${entry.msg}`, ...details].join(' ');
}

function brief(value: unknown): string {
  if (typeof value === 'string') return value;
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
