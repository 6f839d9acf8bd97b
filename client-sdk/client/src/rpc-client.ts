import type { Socket } from 'socket.io-client';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { ClientEvent, ClientToServerEvents, ServerToClientEvents } from '../../../protocol/sockets.ts';
import { HubError, retryDelay } from '../../common/hub-error.ts';
import { type Environment, initialRetryDelay } from './environment.ts';

export type HubSocket = Socket<ServerToClientEvents, ClientToServerEvents>;

/** The arguments of an event, and the data of its acknowledgement. */
export type PayloadOf<E extends ClientEvent> =
  Parameters<ClientToServerEvents[E]> extends [...infer Payload, unknown] ? Payload : never;
export type AckData<E extends ClientEvent> =
  Parameters<ClientToServerEvents[E]> extends [...unknown[], (response: infer Reply) => void]
    ? Reply extends { ok: true; data: infer Data }
      ? Data
      : never
    : never;
type Ack<Data> = { ok: true; data: Data } | { ok: false; error: ErrorBody };

/** Sends one event and waits for its acknowledgement. */
export type Call = <E extends ClientEvent>(event: E, ...payload: PayloadOf<E>) => Promise<AckData<E>>;

/** Milliseconds. The hub responds to a waiting call after 30 s at the latest; the rest is for the network. */
export const callTimeout = 40_000;

/** Whether the hub rejected a call only because it is busy. */
export const isBusy = ({ code }: HubError): boolean => /^(rate_limited|overloaded|unavailable)$/.test(code);

/**
 * Sends socket events and returns their acknowledgements as promises. It is
 * - open: calls made while the connection is down are buffered and sent when it is up again. They fail with `timeout`
 *   if that takes too long. If the connection breaks before the acknowledgement, a call fails with `disconnected`. The
 *   hub may have processed it, so repeat only calls that have a `key` or are idempotent.
 * - rejecting: every call fails at once with the same error, including pending ones.
 */
export class RpcClient {
  readonly socket: HubSocket;
  /** Why the hub is unreachable; `null`: it is reachable, or the reason is unknown. */
  connectionError: HubError | null = null;
  readonly #pendingRejects = new Set<(error: HubError) => void>();
  readonly #environment: Environment;
  #rejection: HubError | null = null;

  constructor(socket: HubSocket, environment: Environment) {
    this.socket = socket;
    this.#environment = environment;
  }

  /** Whether a call settles without waiting for the connection. */
  get isReady(): boolean {
    return this.socket.connected || this.#rejection !== null;
  }

  /** From now on every call fails with `error`; `null`: no longer. */
  setRejection(error: HubError | null): void {
    this.#rejection = error;
    if (!error) return;
    // A rejected call must not be sent later.
    this.socket.sendBuffer = [];
    for (const reject of this.#pendingRejects) reject(error);
  }

  /** The error of a call that timed out. */
  timeoutError(event: string): HubError {
    return HubError.timeout(event, this.connectionError);
  }

  readonly call: Call = (event, ...payload) =>
    new Promise((resolve, reject) => {
      if (this.#rejection) throw this.#rejection;
      this.#pendingRejects.add(reject);
      const onAck = (error: Error | null, ack: Ack<AckData<typeof event>>): void => {
        this.#pendingRejects.delete(reject);
        if (error) {
          // Socket.IO distinguishes its two errors only by their messages.
          const isDisconnected = error.message.includes('disconnected');
          const message = `${event} was not answered: the connection broke`;
          reject(isDisconnected ? new HubError('disconnected', message, true) : this.timeoutError(event));
        } else if (ack.ok) resolve(ack.data);
        else reject(HubError.of(ack.error));
      };
      // The typed `emit` does not accept a generic event name. The signature of `call` checks the same.
      const emitter: { emit(event: string, ...args: unknown[]): unknown } = this.socket.timeout(callTimeout);
      emitter.emit(event, ...payload, onAck);
    });

  /**
   * Like `call`, for idempotent calls. Retries if the connection broke before the acknowledgement, and if the hub sent
   * `retryAfterMs`, for up to 40 s in total.
   */
  readonly callWithRetry: Call = async (event, ...payload) => {
    const { now, random } = this.#environment;
    const deadline = now() + callTimeout;
    for (let delay = initialRetryDelay; ; delay *= 2) {
      try {
        return await this.call(event, ...payload);
      } catch (thrown) {
        const error = HubError.from(thrown);
        const wait = error.retryAfterMs !== undefined && retryDelay(delay, random, error);
        if ((wait === false && error.code !== 'disconnected') || now() + Number(wait) > deadline) throw error;
        if (wait) await this.#pause(wait);
      }
    }
  };

  #pause(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pendingRejects.add(reject);
      this.#environment.after(ms, () => {
        this.#pendingRejects.delete(reject);
        resolve();
      });
    });
  }
}

/** The part of `RpcClient` that makes calls. */
export type RpcCalls = Pick<RpcClient, 'socket' | 'call' | 'callWithRetry' | 'timeoutError' | 'isReady'>;
