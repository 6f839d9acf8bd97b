/**
 * A socket whose every delivery is in the test's hand: calls are executed, answered, and pushes delivered one by one and
 * in any order, or lost.
 */
import { io, type Socket } from 'socket.io-client';
import type { Acknowledged, Call, HubSocket, Sent } from '../../../client-sdk/src/caller.ts';
import { HubError } from '../../../client-sdk/src/error.ts';
import type { ClientEvent, ServerToClientEvents } from '../../../protocol/sockets.ts';

/** What the hub does with each call. Whatever it throws is its refusal. */
export type Answers = { [E in ClientEvent]: (...payload: Sent<E>) => Acknowledged<E> };

export interface CallUnderWay {
  readonly event: ClientEvent;
  /** The hub carries it out; once. */
  execute(): void;
  /** The answer arrives: what the hub said when it was executed. */
  answer(): void;
  readonly isExecuted: boolean;
}

export interface PushUnderWay {
  readonly event: keyof ServerToClientEvents;
  /** Items it tells of. */
  readonly ids: readonly string[];
  arrive(): void;
}

interface Waiting extends CallUnderWay {
  fail(error: HubError): void;
}

export class FakeLine {
  /** A real socket that never opens; the stores use what it tells and whether it is connected. */
  readonly socket: HubSocket = io('http://127.0.0.1:1', { autoConnect: false, forceNew: true });
  pushes: PushUnderWay[] = [];
  /** Pushes that did not arrive, or not yet: with their positions, and how far the feed was when they were lost. */
  readonly #unheard = new Map<PushUnderWay, { position: number; lostAt: number }>();
  #latest = 0;
  readonly #answers: Answers;
  /** Made while there was no connection: they leave when it is there. */
  #held: Waiting[] = [];
  #calls: Waiting[] = [];

  constructor(answers: Answers) {
    this.#answers = answers;
  }

  get isReady(): boolean {
    return this.socket.connected;
  }

  get calls(): readonly CallUnderWay[] {
    return this.#calls;
  }

  /**
   * The first position of a push that had not arrived when the feed was at `position`, but was on its way: those of
   * half a minute before, in which pushes may overtake each other.
   */
  unheard(position: number): number {
    const open = [...this.#unheard.values()].filter(({ lostAt }) => position <= lostAt);
    return Math.min(...open.map((each) => each.position));
  }

  /** These are lost on the way. */
  lose(isLost: (push: PushUnderWay, index: number) => boolean): void {
    for (const push of this.pushes.filter(isLost)) this.#lost(push);
    this.pushes = this.pushes.filter((push, index) => !isLost(push, index));
  }

  #lost(push: PushUnderWay): void {
    const unheard = this.#unheard.get(push);
    if (unheard) unheard.lostAt = this.#latest;
  }

  readonly call: Call = (event, ...payload) =>
    new Promise((resolve, reject) => {
      const answers = this.#answers;
      let settle: (() => void) | null = null;
      const end = (): void => {
        this.#calls = this.#calls.filter((each) => each !== waiting);
      };
      const waiting: Waiting = {
        event,
        get isExecuted() {
          return settle !== null;
        },
        execute() {
          if (settle) return;
          try {
            const data = answers[event](...payload);
            settle = () => resolve(data);
          } catch (error) {
            settle = () => reject(error);
          }
        },
        answer() {
          this.execute();
          end();
          settle?.();
        },
        fail(error) {
          end();
          reject(error);
        },
      };
      if (this.socket.connected) this.#calls.push(waiting);
      else this.#held.push(waiting);
    });

  readonly persist: Call = async (event, ...payload) => {
    for (;;) {
      try {
        return await this.call(event, ...payload);
      } catch (thrown) {
        if (HubError.from(thrown).code !== 'disconnected') throw thrown;
      }
    }
  };

  late(event: string): HubError {
    return HubError.timeout(event);
  }

  /** The hub pushes: on its way where there is a connection, else lost. */
  push<E extends keyof ServerToClientEvents>(
    event: E,
    push: Parameters<ServerToClientEvents[E]>[0],
    ids: readonly string[] = [],
  ): void {
    if (!this.socket.connected) return;
    const underWay: PushUnderWay = {
      event,
      ids,
      arrive: () => {
        this.pushes = this.pushes.filter((each) => each !== underWay);
        if (this.socket.listeners(event).length > 0) this.#unheard.delete(underWay);
        else this.#lost(underWay);
        this.#tell(event, push);
      },
    };
    this.pushes.push(underWay);
    if (!('position' in push)) return;
    const position = Number(push.position);
    this.#latest = Math.max(this.#latest, position);
    this.#unheard.set(underWay, { position, lostAt: Number.POSITIVE_INFINITY });
  }

  connect(): void {
    if (this.socket.connected) return;
    this.socket.connected = true;
    this.#calls.push(...this.#held.splice(0));
    this.#tell('connect');
  }

  /** What is under way is lost, both ways; whether the hub carries out the calls is up to the test. */
  disconnect(): void {
    if (!this.socket.connected) return;
    this.socket.connected = false;
    this.lose(() => true);
    this.#tell('disconnect', 'transport close');
    const error = new HubError('disconnected', 'the connection broke', true);
    for (const each of this.#calls) each.fail(error);
  }

  #tell(event: string, ...payload: unknown[]): void {
    const socket: Socket = this.socket;
    for (const listener of [...socket.listeners(event)]) listener(...payload);
  }
}
