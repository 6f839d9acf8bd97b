/**
 * The logged form of an error: type, message, code, stack, and the same of its cause. Other properties are left out, because
 * driver errors contain whole commands, with user data, and addresses with passwords.
 */
interface ErrorRecord {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: ErrorRecord;
}

const MAX_MESSAGE_LENGTH = 500;
const MAX_FRAMES = 20;
const MAX_CAUSES = 3;

/** Errors whose messages quote data: those of MongoDB, mongoose, Redis, and parsers. */
const QUOTES_DATA =
  /^(Mongo|BSON|Reply|Cast|Valid|Version|Parallel|Document|Strict|Object(Expected|Parameter)|SyntaxError|Zod|\$Zod)/;

/** Matches where quoted data starts. `removeData` replaces text in single quotes separately: it is usually a name. */
const DATA_START = /[{"`[]|, with args\b|value \S/i;

/** For pino's `serializers`. Accepts any thrown value. */
export function errorRecord(error: unknown, causes = MAX_CAUSES): ErrorRecord {
  if (!(error instanceof Error)) {
    const message =
      typeof error === 'object' || typeof error === 'function' ? 'thrown value is not an error' : error;
    return { type: typeof error, message: redact(String(message)) };
  }
  const { code, cause, errors } = error as Error & { code?: unknown; errors?: unknown };
  const type = nameOf(error);
  const message = QUOTES_DATA.test(type) ? removeData(error) : error.message;
  const inner = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  const frames = framesOf(error);
  const record: ErrorRecord = { type, message: redact(message) };
  if (typeof code === 'number' || typeof code === 'string')
    record.code = typeof code === 'string' ? redact(code) : code;
  if (frames.length > 0) record.stack = [`${type}: ${record.message}`, ...frames].join('\n');
  if (causes > 0 && inner instanceof Error) record.cause = errorRecord(inner, causes - 1);
  return record;
}

/** The record in one line, for output without a logger. */
export function errorLine(error: unknown): string {
  const { type, message } = errorRecord(error);
  return `${type}: ${message}`;
}

/** `name` is writable, so it may hold anything. */
function nameOf(error: Error): string {
  const own = error.constructor.name;
  const name = typeof error.name === 'string' && error.name !== 'Error' ? error.name : own || 'Error';
  return redact(name).slice(0, 64);
}

function removeData({ message }: Error): string {
  const start = message.search(DATA_START);
  const kept = start < 0 ? message : `${message.slice(0, start)}…`;
  return kept.replace(/'[^']*'/g, '…');
}

/** Returns the frames below the message. The message may contain lines that look like frames. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const start = message === '' ? -1 : stack.indexOf(message);
  const below = start < 0 ? stack : stack.slice(start + message.length);
  return below
    .split('\n')
    .filter((line) => /^ {4}at \S/.test(line))
    .slice(0, MAX_FRAMES)
    .map((line) => redact(line));
}

/** Makes text safe to log: removes credentials from addresses, and tokens, and limits the length. */
export function redact(text: string): string {
  const redacted = text
    .slice(0, 4 * MAX_MESSAGE_LENGTH)
    .replace(/\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#]*@/gi, '$1…@')
    .replace(/\beyJ[\w-]{8,}(\.[\w-]*){0,4}/g, '…');
  return redacted.length <= MAX_MESSAGE_LENGTH
    ? redacted
    : `${redacted.slice(0, MAX_MESSAGE_LENGTH).toWellFormed()}…`;
}
