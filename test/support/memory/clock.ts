import { MAX_IN_FLIGHT_MS } from '../../../core/model/positions.ts';
import type { InFlightWrite, Now, PositionClock } from '../../../core/ports/bus.ts';

interface OpenWrite {
  position: number;
  users: ReadonlySet<string>;
}

interface SpaceState {
  lastPosition: number;
  writes: Map<string, OpenWrite>;
}

/** The clock of decision 7. Writes that are in flight for more than 30 s no longer hold back the watermark. */
export class MemoryClock implements PositionClock {
  readonly epoch = 0;
  readonly #spaces = new Map<string, SpaceState>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const position = this.nextPosition(space);
    this.#stateOf(space).writes.set(writer, { position, users: new Set(users) });
    return position;
  }

  async end(space: string, writer: string): Promise<boolean> {
    const { writes } = this.#stateOf(space);
    const write = writes.get(writer);
    writes.delete(writer);
    return write !== undefined && !this.#expired(write);
  }

  async watermark(space: string, user: string): Promise<number> {
    const state = this.#stateOf(space);
    const blocking = [...state.writes.values()].filter(
      (write) => write.users.has(user) && !this.#expired(write),
    );
    if (blocking.length > 0) return Math.min(...blocking.map((write) => write.position)) - 1;
    state.lastPosition = Math.max(state.lastPosition, this.#micros());
    return state.lastPosition;
  }

  async now(space: string): Promise<number> {
    return this.nextPosition(space);
  }

  async crashedWriters(): Promise<InFlightWrite[]> {
    return [...this.#spaces].flatMap(([space, { writes }]) =>
      [...writes]
        .filter(([, write]) => this.#expired(write))
        .map(([writer, { position, users }]) => ({ space, writer, position, users: [...users] })),
    );
  }

  async release({ space, writer, position }: InFlightWrite): Promise<void> {
    const { writes } = this.#stateOf(space);
    if (writes.get(writer)?.position === position) writes.delete(writer);
  }

  /** The same as `now`, but synchronous. */
  nextPosition(space: string): number {
    const state = this.#stateOf(space);
    state.lastPosition = Math.max(state.lastPosition + 1, this.#micros());
    return state.lastPosition;
  }

  /** The last assigned position. */
  lastPosition(space: string): number {
    return this.#stateOf(space).lastPosition;
  }

  /** The number of writes that began and did not end. */
  inFlightCount(space: string): number {
    return this.#stateOf(space).writes.size;
  }

  #expired(write: OpenWrite): boolean {
    return this.#micros() - write.position > MAX_IN_FLIGHT_MS * 1_000;
  }

  #micros(): number {
    return this.#now() * 1_000;
  }

  #stateOf(space: string): SpaceState {
    const state = this.#spaces.get(space) ?? { lastPosition: 0, writes: new Map<string, OpenWrite>() };
    this.#spaces.set(space, state);
    return state;
  }
}
