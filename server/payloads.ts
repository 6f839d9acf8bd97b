/**
 * Payloads that are parsed and not done with. A parsed payload takes several times the memory of its text, so a gateway has few
 * megabytes of them at a time, whatever the number of connections.
 */
import { isService, type Principal } from '../core/access.ts';
import { HubError, invalid, overloaded, rateLimited } from '../core/errors.ts';
import { limits } from '../protocol/limits.ts';

/** Weight of all calls at work at this gateway, and of those of one user, in bytes. The heaviest payload weighs 13 MiB. */
const MAX_TOTAL = 48 * 1_048_576;
const MAX_USER = 16 * 1_048_576;
/** What a call takes beside its payload, until it is answered. */
const CALL = 1_024;
/** Above this nothing more is read from a user's WebSockets until some of its calls are done. */
const BUSY = 524_288;
/** A user without other calls at work may always make one as small as this. */
const SMALL = 16_384;
/**
 * Objects, lists and fields in one payload. The smallest ref takes 22 bytes and has three, so a payload of refs has at most
 * 143,000, and data such as `[[1],[2]]` or `[{"a":1},{"a":2}]` has one for each four bytes. Only empty objects and lists
 * come closer together.
 */
const MAX_PARTS = limits.payload / 4;
/** What each of them takes when it is parsed, beside its text: an empty object takes 56 bytes, a field fewer. */
const PART = 48;
const RETRY_MS = 1_000;

export class Payloads {
  #total = 0;
  readonly #byUser = new Map<string, number>();

  /**
   * Counts a payload until the returned function is called, before the payload is parsed. `weight`: as `weightOf` says.
   * @throws HubError overloaded, or rate_limited where the user's own calls take too much
   */
  take(principal: Principal, weight: number): () => void {
    const user = userOf(principal);
    const own = this.#byUser.get(user) ?? 0;
    const taken = weight + CALL;
    const isSmall = own === 0 && weight <= SMALL;
    if (!isService(principal) && own + taken > MAX_USER) {
      throw rateLimited('too many of your calls are at work', RETRY_MS);
    }
    if (!isSmall && this.#total + taken > MAX_TOTAL) {
      throw overloaded('too many calls are at work', RETRY_MS);
    }
    this.#add(user, taken);
    let isTaken = true;
    return () => {
      if (isTaken) this.#add(user, -taken);
      isTaken = false;
    };
  }

  /** Whether the user has so much at work that no more should be read from it. */
  isBusy(principal: Principal): boolean {
    return !isService(principal) && (this.#byUser.get(userOf(principal)) ?? 0) > BUSY;
  }

  #add(user: string, bytes: number): void {
    this.#total += bytes;
    const own = (this.#byUser.get(user) ?? 0) + bytes;
    if (own > 0) this.#byUser.set(user, own);
    else this.#byUser.delete(user);
  }
}

const userOf = ({ space, sub }: Principal): string => `${space}/${sub}`;

const [QUOTE, BACKSLASH, COLON, BRACKET, BRACE] = [0x22, 0x5c, 0x3a, 0x5b, 0x7b];

/** What JSON will take in memory when it is parsed, about. @throws HubError invalid_input, where it has too many parts */
export function weightOf(json: Buffer): number {
  if (json.length <= SMALL) return json.length;
  let parts = 0;
  const { length } = json;
  for (let index = 0; index < length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfText(json, index + 1);
    else if (byte === BRACE || byte === BRACKET || byte === COLON) parts += 1;
  }
  if (parts > MAX_PARTS) {
    throw invalid([{ path: '', message: `has more than ${MAX_PARTS} objects, lists and fields altogether` }]);
  }
  return json.length + parts * PART;
}

/** The index of the quote that ends a text. */
function endOfText(json: Buffer, start: number): number {
  const { length } = json;
  for (let index = start; index < length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) return index;
    if (byte === BACKSLASH) index += 1;
  }
  return length;
}

/** An event as text: a large one is parsed when it was counted. */
export class Unparsed {
  readonly #json: string;

  constructor(json: string) {
    this.#json = json;
  }

  /** @throws HubError invalid_input */
  get weight(): number {
    return weightOf(Buffer.from(this.#json));
  }

  get bytes(): number {
    return this.#json.length;
  }

  /** Whether it is the event `log`, as clients write it. */
  get isLog(): boolean {
    return this.#json.startsWith('["log",');
  }

  /** The event and its arguments. @throws HubError invalid_json */
  parse(): unknown[] {
    try {
      const parsed: unknown = JSON.parse(this.#json);
      if (Array.isArray(parsed)) return parsed as unknown[];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
    throw new HubError('invalid_json');
  }
}

/** Characters of an event that is parsed at once. */
export const PARSED_AT_ONCE = SMALL;
