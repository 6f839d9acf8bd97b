/**
 * An error as it is logged: its type, message, code and stack, and the same of its cause; nothing else it holds. Errors of
 * drivers carry the whole command, with what users wrote, and addresses with passwords.
 */
export interface ErrorRecord {
  type: string;
  message: string;
  code?: string | number;
  stack?: string;
  cause?: ErrorRecord;
}

const MOST_MESSAGE = 500;
const MOST_FRAMES = 20;
const MOST_CAUSES = 3;

/** Errors whose messages quote the data they are about: of MongoDB, mongoose, Redis and of parsing. */
const QUOTES_DATA =
  /^(Mongo|BSON|Reply|Cast|Valid|Version|Parallel|Document|Strict|Object(Expected|Parameter)|SyntaxError|Zod|\$Zod)/;

/** Behind these, data begin. What is in single quotes is mostly a name, and stays a mark. */
const DATA_BEGINS = /[{"`[]|, with args\b|value \S/i;

/** For pino's `serializers`. Whatever was thrown may be given. */
export function errorRecord(error: unknown): ErrorRecord {
  return recordOf(error, MOST_CAUSES);
}

/** The same in one line, for where there is no logger. */
export function errorLine(error: unknown): string {
  const { type, message } = errorRecord(error);
  return `${type}: ${message}`;
}

function recordOf(error: unknown, causes: number): ErrorRecord {
  if (!(error instanceof Error)) {
    const message = typeof error === 'object' || typeof error === 'function' ? 'no error was thrown' : error;
    return { type: typeof error, message: clean(String(message)) };
  }
  const { code, cause, errors } = error as Error & { code?: unknown; errors?: unknown };
  const type = nameOf(error);
  const message = QUOTES_DATA.test(type) ? withoutData(error) : error.message;
  const inner = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
  const frames = framesOf(error);
  const record: ErrorRecord = { type, message: clean(message) };
  if (typeof code === 'number' || typeof code === 'string')
    record.code = typeof code === 'string' ? clean(code) : code;
  if (frames.length > 0) record.stack = [`${type}: ${record.message}`, ...frames].join('\n');
  if (causes > 0 && inner instanceof Error) record.cause = recordOf(inner, causes - 1);
  return record;
}

/** A name may be anything that was assigned. */
function nameOf(error: Error): string {
  const own = error.constructor.name;
  const name = typeof error.name === 'string' && error.name !== 'Error' ? error.name : own || 'Error';
  return clean(name).slice(0, 64);
}

function withoutData({ message }: Error): string {
  const begins = message.search(DATA_BEGINS);
  const told = begins < 0 ? message : `${message.slice(0, begins)}…`;
  return told.replace(/'[^']*'/g, '…');
}

/** The lines below the message, which may itself hold lines that look like them. */
function framesOf({ stack, message }: Error): string[] {
  if (typeof stack !== 'string') return [];
  const begins = message === '' ? -1 : stack.indexOf(message);
  const below = begins < 0 ? stack : stack.slice(begins + message.length);
  return below
    .split('\n')
    .filter((line) => /^ {4}at \S/.test(line))
    .slice(0, MOST_FRAMES)
    .map((line) => clean(line));
}

/**
 * Text that may be logged or printed: without user names and passwords in addresses and without tokens, and not too long.
 */
export function clean(text: string): string {
  const told = text
    .slice(0, 4 * MOST_MESSAGE)
    .replace(/\b([a-z][a-z0-9+.-]{0,31}:\/\/)[^\s/?#]*@/gi, '$1…@')
    .replace(/\beyJ[\w-]{8,}(\.[\w-]*){0,4}/g, '…');
  return told.length <= MOST_MESSAGE ? told : `${told.slice(0, MOST_MESSAGE).toWellFormed()}…`;
}
