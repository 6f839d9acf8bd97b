import type { Socket } from 'socket.io-client';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { ClientEvent, ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';
import { HubError, retryDelay } from './error.ts';
import { firstRetry, type Surroundings } from './surroundings.ts';

export type HubSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** What an event takes, and what its acknowledgement gives. */
export type Sent<E extends ClientEvent> =
  Parameters<ClientToServerEvents[E]> extends [...infer Payload, unknown] ? Payload : never;
export type Acknowledged<E extends ClientEvent> =
  Parameters<ClientToServerEvents[E]> extends [...unknown[], (answer: infer Answer) => void]
    ? Answer extends { ok: true; data: infer Data }
      ? Data
      : never
    : never;
type Answer<Data> = { ok: true; data: Data } | { ok: false; error: ErrorBody };

/** Sends one event and waits for its acknowledgement. */
export type Call = <E extends ClientEvent>(event: E, ...payload: Sent<E>) => Promise<Acknowledged<E>>;

/** Milliseconds. The hub itself answers a waiting call after 30 s at the latest; this leaves room for the way there and back. */
export const answerWithin = 40_000;

/** Refusals of calls that the hub would carry out later. */
export const isBusy = ({ code }: HubError): boolean => /^(rate_limited|overloaded|unavailable)$/.test(code);

/**
 * - open: calls made while the connection is down are held back and sent when it is up again; they fail with `timeout`
 *   where that takes too long. A call whose connection breaks before the answer fails with `disconnected`: whether
 *   the hub carried it out is then unknown, so repeat only what has a `key` or does no harm twice.
 * - refusing: every call fails at once with the reason, those under way too.
 */
export class Caller {
  readonly socket: HubSocket;
  /** Why the hub cannot be reached; `null`: it can, or the reason is unknown. */
  reason: HubError | null = null;
  readonly #open = new Set<(error: HubError) => void>();
  readonly #surroundings: Surroundings;
  #refusal: HubError | null = null;

  constructor(socket: HubSocket, surroundings: Surroundings) {
    this.socket = socket;
    this.#surroundings = surroundings;
  }

  /** Whether a call is answered without waiting for the connection. */
  get isReady(): boolean {
    return this.socket.connected || this.#refusal !== null;
  }

  /** From now on every call fails with `reason`; `null`: no longer. */
  refuse(reason: HubError | null): void {
    this.#refusal = reason;
    if (!reason) return;
    // A call that was rejected must not be carried out later.
    this.socket.sendBuffer = [];
    for (const reject of this.#open) reject(reason);
  }

  /** The error of a call that waited for too long. */
  late(event: string): HubError {
    return HubError.timeout(event, this.reason);
  }

  readonly call: Call = (event, ...payload) =>
    new Promise((resolve, reject) => {
      if (this.#refusal) throw this.#refusal;
      this.#open.add(reject);
      const answered = (error: Error | null, answer: Answer<Acknowledged<typeof event>>): void => {
        this.#open.delete(reject);
        if (error) {
          // Socket.IO tells its two reasons apart by their words alone.
          const isBroken = error.message.includes('disconnected');
          const message = `${event} was not answered: the connection broke`;
          reject(isBroken ? new HubError('disconnected', message, true) : this.late(event));
        } else if (answer.ok) resolve(answer.data);
        else reject(HubError.of(answer.error));
      };
      // The typed emit cannot follow a generic event name; the signature above holds what it would check.
      const emitter: { emit(event: string, ...args: unknown[]): unknown } = this.socket.timeout(answerWithin);
      emitter.emit(event, ...payload, answered);
    });

  /**
   * As `call`, for what does no harm twice. Repeats it where the connection broke before the answer, and where the hub
   * says how long to wait, for 40 s in all.
   */
  readonly persist: Call = async (event, ...payload) => {
    const { now, random } = this.#surroundings;
    const end = now() + answerWithin;
    for (let delay = firstRetry; ; delay *= 2) {
      try {
        return await this.call(event, ...payload);
      } catch (thrown) {
        const error = HubError.from(thrown);
        const wait = error.retryAfterMs !== undefined && retryDelay(delay, random, error);
        if ((wait === false && error.code !== 'disconnected') || now() + Number(wait) > end) throw error;
        if (wait) await this.#pause(wait);
      }
    }
  };

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#open.add(reject);
      this.#surroundings.after(ms, () => {
        this.#open.delete(reject);
        resolve();
      });
    });
  }
}

/** What makes calls, for those who cannot end it. */
export type Calls = Pick<Caller, 'socket' | 'call' | 'persist' | 'late' | 'isReady'>;
