import { MAX_IN_FLIGHT_MS } from '../../../core/model/positions.ts';
import {
  asPosition,
  elapsed,
  FIRST_POSITION,
  later,
  type Position,
  toMicros,
} from '../../../core/model/units.ts';
import type { InFlightWrite, Now, PositionClock } from '../../../core/ports/clock.ts';

interface OpenWrite {
  position: Position;
  users: ReadonlySet<string>;
}

interface SpaceState {
  lastPosition: Position;
  writes: Map<string, OpenWrite>;
}

/** The clock of decision 7. Writes that are in flight for more than 30 s no longer hold back the watermark. */
export class MemoryClock implements PositionClock {
  readonly #spaces = new Map<string, SpaceState>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<Position> {
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

  async watermark(space: string, user: string): Promise<Position> {
    const state = this.#stateOf(space);
    const blocking = [...state.writes.values()].filter(
      (write) => write.users.has(user) && !this.#expired(write),
    );
    if (blocking.length > 0) return asPosition(Math.min(...blocking.map((write) => write.position)) - 1);
    state.lastPosition = later(state.lastPosition, this.#wallPosition());
    return state.lastPosition;
  }

  epochOf(): Position {
    return FIRST_POSITION;
  }

  async now(space: string): Promise<Position> {
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
  nextPosition(space: string): Position {
    const state = this.#stateOf(space);
    state.lastPosition = later(asPosition(state.lastPosition + 1), this.#wallPosition());
    return state.lastPosition;
  }

  /** The last assigned position. */
  lastPosition(space: string): Position {
    return this.#stateOf(space).lastPosition;
  }

  /** The number of writes that began and did not end. */
  inFlightCount(space: string): number {
    return this.#stateOf(space).writes.size;
  }

  #expired(write: OpenWrite): boolean {
    return elapsed(write.position, this.#wallPosition()) > toMicros(MAX_IN_FLIGHT_MS);
  }

  #wallPosition(): Position {
    return asPosition(toMicros(this.#now()));
  }

  #stateOf(space: string): SpaceState {
    const state = this.#spaces.get(space) ?? {
      lastPosition: FIRST_POSITION,
      writes: new Map<string, OpenWrite>(),
    };
    this.#spaces.set(space, state);
    return state;
  }
}
