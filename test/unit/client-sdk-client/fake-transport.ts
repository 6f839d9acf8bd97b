/**
 * A transport whose deliveries the test controls: it executes calls, delivers responses and pushes one by one and in any
 * order, or loses them.
 */
import { io, type Socket } from 'socket.io-client';
import type { AckData, Call, HubSocket, PayloadOf } from '../../../client-sdk/client/src/rpc-client.ts';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import type { ClientEvent, ServerToClientEvents } from '../../../protocol/sockets.ts';

/** The hub's response to each call. A thrown error is the call's error. */
export type Responses = { [E in ClientEvent]: (...payload: PayloadOf<E>) => AckData<E> };

export interface InFlightCall {
  readonly event: ClientEvent;
  /** The hub carries out the call, once. */
  execute(): void;
  /** The response arrives, as of the execution. */
  respond(): void;
  readonly isExecuted: boolean;
}

export interface InFlightPush {
  readonly event: keyof ServerToClientEvents;
  /** The ids of its items. */
  readonly ids: readonly string[];
  arrive(): void;
}

interface PendingCall extends InFlightCall {
  fail(error: HubError): void;
}

export class FakeTransport {
  /** A real socket that never connects. The stores use its events and its `connected` property. */
  readonly socket: HubSocket = io('http://127.0.0.1:1', { autoConnect: false, forceNew: true });
  pushes: InFlightPush[] = [];
  /** Pushes that have not arrived, with their positions, and the feed's position when they were lost. */
  readonly #undelivered = new Map<InFlightPush, { position: number; lostAt: number }>();
  #latest = 0;
  readonly #responses: Responses;
  /** Calls made without a connection. They are sent after `connect`. */
  #blocked: PendingCall[] = [];
  #calls: PendingCall[] = [];

  constructor(responses: Responses) {
    this.#responses = responses;
  }

  get isReady(): boolean {
    return this.socket.connected;
  }

  get calls(): readonly InFlightCall[] {
    return this.#calls;
  }

  /**
   * The first position of a push that was in flight when the feed was at `position`. Pushes of the last half minute may
   * overtake each other.
   */
  undelivered(position: number): number {
    const open = [...this.#undelivered.values()].filter(({ lostAt }) => position <= lostAt);
    return Math.min(...open.map((each) => each.position));
  }

  /** Loses the matching pushes. */
  dropPushes(isLost: (push: InFlightPush, index: number) => boolean): void {
    for (const push of this.pushes.filter(isLost)) this.#markLost(push);
    this.pushes = this.pushes.filter((push, index) => !isLost(push, index));
  }

  #markLost(push: InFlightPush): void {
    const undelivered = this.#undelivered.get(push);
    if (undelivered) undelivered.lostAt = this.#latest;
  }

  readonly call: Call = (event, ...payload) =>
    new Promise((resolve, reject) => {
      const responses = this.#responses;
      let finish: (() => void) | null = null;
      const end = (): void => {
        this.#calls = this.#calls.filter((each) => each !== pending);
      };
      const pending: PendingCall = {
        event,
        get isExecuted() {
          return finish !== null;
        },
        execute() {
          if (finish) return;
          try {
            const data = responses[event](...payload);
            finish = () => resolve(data);
          } catch (error) {
            finish = () => reject(error);
          }
        },
        respond() {
          this.execute();
          end();
          finish?.();
        },
        fail(error) {
          end();
          reject(error);
        },
      };
      if (this.socket.connected) this.#calls.push(pending);
      else this.#blocked.push(pending);
    });

  readonly callWithRetry: Call = async (event, ...payload) => {
    for (;;) {
      try {
        return await this.call(event, ...payload);
      } catch (thrown) {
        if (HubError.from(thrown).code !== 'disconnected') throw thrown;
      }
    }
  };

  timeoutError(event: string): HubError {
    return HubError.timeout(event);
  }

  /**
   * The hub pushes. The push is in flight if there is a connection, and lost otherwise. `position` is that of the change: the
   * payload of a reset has none.
   */
  push<E extends keyof ServerToClientEvents>(
    event: E,
    push: Parameters<ServerToClientEvents[E]>[0],
    ids: readonly string[] = [],
    position = 'position' in push ? Number(push.position) : null,
  ): void {
    if (!this.socket.connected) return;
    const inFlight: InFlightPush = {
      event,
      ids,
      arrive: () => {
        this.pushes = this.pushes.filter((each) => each !== inFlight);
        if (this.socket.listeners(event).length > 0) this.#undelivered.delete(inFlight);
        else this.#markLost(inFlight);
        this.#emit(event, push);
      },
    };
    this.pushes.push(inFlight);
    if (position === null) return;
    this.#latest = Math.max(this.#latest, position);
    this.#undelivered.set(inFlight, { position, lostAt: Number.POSITIVE_INFINITY });
  }

  connect(): void {
    if (this.socket.connected) return;
    this.socket.connected = true;
    this.#calls.push(...this.#blocked.splice(0));
    this.#emit('connect');
  }

  /** Loses all pushes and responses in flight. The test decides whether the hub carries out the calls. */
  disconnect(): void {
    if (!this.socket.connected) return;
    this.socket.connected = false;
    this.dropPushes(() => true);
    this.#emit('disconnect', 'transport close');
    const error = new HubError('disconnected', 'the connection broke', true);
    for (const each of this.#calls) each.fail(error);
  }

  #emit(event: string, ...payload: unknown[]): void {
    const socket: Socket = this.socket;
    for (const listener of [...socket.listeners(event)]) listener(...payload);
  }
}
