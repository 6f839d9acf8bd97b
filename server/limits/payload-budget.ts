/** Memory budget for parsed payloads of active calls. A parsed payload takes several times the memory of its text. */
import { isService, type Principal } from '../../core/access/principal.ts';
import { HubError, invalid, overloaded, rateLimited } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';

/** Maximum weight (bytes) of all active calls of this gateway, and of one user. The heaviest payload weighs 13 MiB. */
const MAX_TOTAL_BYTES = 48 * 1_048_576;
const MAX_USER_BYTES = 16 * 1_048_576;
/** Memory overhead of a call, until its response. */
const CALL_BYTES = 1_024;
/** Above this weight, the gateway reads nothing more from the user's WebSockets until some calls are done. */
const BUSY_BYTES = 524_288;
/** A user without active calls may always make one of up to this weight. */
const SMALL_BYTES = 16_384;
/**
 * Maximum of parts (objects, lists and fields) in one payload. The smallest ref takes 22 bytes and has three parts, so a payload
 * of refs has at most 143,000. Data such as `[[1],[2]]` or `[{"a":1},{"a":2}]` has one part per four bytes. Only empty objects
 * and lists are denser.
 */
const MAX_PARTS = limits.payload / 4;
/** Memory of each parsed part, in addition to its text: an empty object takes 56 bytes, a field less. */
const PART_BYTES = 48;
const RETRY_MS = 1_000;

export class PayloadBudget {
  #total = 0;
  readonly #byUser = new Map<string, number>();

  /**
   * Reserves memory for a payload before it is parsed. The returned function releases it. See `weightOf` for `weight`.
   * @throws HubError overloaded, or rate_limited if the user's own calls take too much
   */
  reserve(principal: Principal, weight: number): () => void {
    const user = userOf(principal);
    const userBytes = this.#byUser.get(user) ?? 0;
    const reserved = weight + CALL_BYTES;
    const isSmall = userBytes === 0 && weight <= SMALL_BYTES;
    if (!isService(principal) && userBytes + reserved > MAX_USER_BYTES) {
      throw rateLimited('too many of your calls are active', RETRY_MS);
    }
    if (!isSmall && this.#total + reserved > MAX_TOTAL_BYTES) {
      throw overloaded('too many calls are active', RETRY_MS);
    }
    this.#add(user, reserved);
    let isReserved = true;
    return () => {
      if (isReserved) this.#add(user, -reserved);
      isReserved = false;
    };
  }

  /** Returns true if reading from the user should stop because of its active calls. */
  isBusy(principal: Principal): boolean {
    return !isService(principal) && (this.#byUser.get(userOf(principal)) ?? 0) > BUSY_BYTES;
  }

  #add(user: string, bytes: number): void {
    this.#total += bytes;
    const userBytes = (this.#byUser.get(user) ?? 0) + bytes;
    if (userBytes > 0) this.#byUser.set(user, userBytes);
    else this.#byUser.delete(user);
  }
}

const userOf = ({ space, sub }: Principal): string => `${space}/${sub}`;

const [QUOTE, BACKSLASH, COLON, BRACKET, BRACE] = [0x22, 0x5c, 0x3a, 0x5b, 0x7b];

/** Estimates the memory of parsed JSON. @throws HubError invalid_input if it has too many parts */
export function weightOf(json: Buffer): number {
  if (json.length <= SMALL_BYTES) return json.length;
  let parts = 0;
  const { length } = json;
  for (let index = 0; index < length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) index = endOfText(json, index + 1);
    else if (byte === BRACE || byte === BRACKET || byte === COLON) parts += 1;
  }
  if (parts > MAX_PARTS) {
    throw invalid([{ path: '', message: `has more than ${MAX_PARTS} objects, lists and fields in total` }]);
  }
  return json.length + parts * PART_BYTES;
}

/** Returns the index of the closing quote of a string. */
function endOfText(json: Buffer, start: number): number {
  const { length } = json;
  for (let index = start; index < length; index += 1) {
    const byte = json[index];
    if (byte === QUOTE) return index;
    if (byte === BACKSLASH) index += 1;
  }
  return length;
}

/** A large event that stays text until memory for it is reserved. */
export class UnparsedEvent {
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

  /** Returns true if this is the event `log`, in the format that clients send. */
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

/** Maximum characters of an event that is parsed without a reservation. */
export const MAX_EAGER_PARSE = SMALL_BYTES;
