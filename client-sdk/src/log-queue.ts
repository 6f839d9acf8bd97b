import type { ActionInput, LogAnswer } from '../../protocol/entities.ts';
import { listen } from './arrivals.ts';
import type { Call, HubSocket } from './caller.ts';
import { HubError } from './error.ts';
import type { Surroundings } from './surroundings.ts';

export interface LogOptions {
  /** Answers when the feeds are up to date, with `results`; after 30 s without them. Default false. */
  wait?: boolean;
}

interface Entry {
  input: ActionInput | ActionInput[];
  options: LogOptions;
  /** Refusals so far that may pass. */
  refusals: number;
  resolve(answer: LogAnswer): void;
  reject(error: HubError): void;
}

/** Actions that may wait, the one being sent among them. */
const mostWaiting = 1_000;
/** How often a call is sent that is refused for reasons that may pass. */
const mostAttempts = 6;
const firstRetry = 500;

/**
 * What is logged, in order, one call at a time (decision 27). It is
 * - empty: nothing waits
 * - waiting: for the connection, or to send the first again after a refusal that may pass
 * - sending: the first is under way; where the connection breaks before the answer it stays the first
 *
 * Every action has a key, so that what is sent again is logged once.
 */
export class LogQueue {
  readonly #socket: HubSocket;
  readonly #call: Call;
  readonly #surroundings: Surroundings;
  readonly #mute: () => void;
  readonly #entries: Entry[] = [];
  #isBusy = false;
  #isClosed = false;
  #cancelRetry = (): void => undefined;

  constructor(socket: HubSocket, call: Call, surroundings: Surroundings) {
    this.#socket = socket;
    this.#call = call;
    this.#surroundings = surroundings;
    this.#mute = listen(socket, { connect: () => void this.#send() });
  }

  log(given: ActionInput | ActionInput[], options: LogOptions): Promise<LogAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed) throw HubError.closed();
      const input = withKeys(given);
      const waiting = this.#entries.flatMap((entry) => entry.input).length;
      if (waiting > 0 && waiting + [input].flat().length > mostWaiting) {
        throw new HubError('queue_full', `${waiting} actions wait to be logged`, true);
      }
      this.#entries.push({ input, options, refusals: 0, resolve, reject });
      void this.#send();
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#mute();
    this.#cancelRetry();
    for (const { reject } of this.#entries.splice(0)) reject(HubError.closed());
  }

  async #send(): Promise<void> {
    const [entry] = this.#entries;
    if (!entry || this.#isBusy || !this.#socket.connected) return;
    this.#isBusy = true;
    const error = await this.#call('log', entry.input, entry.options).then(entry.resolve, HubError.from);
    const waitsFor = error ? this.#retryAfter(error, entry) : null;
    if (waitsFor === null) {
      if (error) entry.reject(error);
      this.#entries.shift();
    }
    if (this.#isClosed) return;
    const next = (): void => {
      this.#isBusy = false;
      void this.#send();
    };
    if (waitsFor) this.#cancelRetry = this.#surroundings.after(waitsFor, next);
    else next();
  }

  /** Milliseconds; null: never. */
  #retryAfter({ code, retryable }: HubError, entry: Entry): number | null {
    if (code === 'disconnected') return 0;
    entry.refusals += 1;
    if (!retryable || entry.refusals >= mostAttempts) return null;
    return firstRetry * 2 ** (entry.refusals - 1) * (0.5 + this.#surroundings.random());
  }
}

/** A copy as the wire will have it, each action with a key. */
function withKeys(given: ActionInput | ActionInput[]): ActionInput | ActionInput[] {
  try {
    const input: ActionInput | ActionInput[] = JSON.parse(JSON.stringify(given));
    for (const action of [input].flat()) action.key ??= freshKey();
    return input;
  } catch {
    throw new HubError('invalid_input', 'What is logged must be JSON', false);
  }
}

/** 128 random bits. Not `randomUUID`, which pages without HTTPS lack. */
function freshKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-');
}
