import type { Socket } from 'socket.io-client';
import type { ErrorBody } from '../../protocol/errors.ts';
import type { ClientEvent, ClientToServerEvents, ServerToClientEvents } from '../../protocol/sockets.ts';
import { HubError } from './error.ts';

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

/**
 * - open: calls made while the connection is down are held back and sent when it is up again; they fail with `timeout`
 *   where that takes too long. A call whose connection breaks before the answer fails with `disconnected`: whether
 *   the hub carried it out is then unknown, so repeat only what has a `key` or does no harm twice.
 * - ended: there will be no connection any more; every call fails with the reason.
 */
export class Caller {
  readonly socket: HubSocket;
  readonly #open = new Set<(error: HubError) => void>();
  #ended: HubError | null = null;

  constructor(socket: HubSocket) {
    this.socket = socket;
  }

  /** Whether a call is answered without waiting for the connection. */
  get isReady(): boolean {
    return this.socket.connected || this.#ended !== null;
  }

  end(reason: HubError): void {
    this.#ended ??= reason;
    for (const reject of this.#open) reject(this.#ended);
  }

  readonly call: Call = (event, ...payload) =>
    new Promise((resolve, reject) => {
      if (this.#ended) throw this.#ended;
      this.#open.add(reject);
      const answered = (error: Error | null, answer: Answer<Acknowledged<typeof event>>): void => {
        this.#open.delete(reject);
        if (error) reject(lost(error, event));
        else if (answer.ok) resolve(answer.data);
        else {
          const { code, message, retryable, fields } = answer.error;
          reject(new HubError(code, message, retryable, fields));
        }
      };
      // The typed emit cannot follow a generic event name; the signature above holds what it would check.
      const emitter: { emit(event: string, ...args: unknown[]): unknown } = this.socket.timeout(answerWithin);
      emitter.emit(event, ...payload, answered);
    });
}

/** What makes calls, for those who cannot end it. */
export type Calls = Pick<Caller, 'socket' | 'call' | 'isReady'>;

/** Socket.IO tells its two reasons apart by their words alone. */
function lost({ message }: Error, event: string): HubError {
  return message.includes('disconnected')
    ? new HubError('disconnected', `${event} was not answered: the connection broke`, true)
    : HubError.timeout(event);
}
