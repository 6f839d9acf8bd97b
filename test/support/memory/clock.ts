import type { Flight, Now, PositionClock } from '../../../core/ports/bus.ts';
import { MOST_IN_FLIGHT_MS } from '../../../core/positions.ts';

interface InFlight {
  pos: number;
  users: ReadonlySet<string>;
}

interface Space {
  last: number;
  flights: Map<string, InFlight>;
}

/** The clock of decision 7. What has been in flight for longer than 30 s holds nobody back. */
export class MemoryClock implements PositionClock {
  readonly epoch = 0;
  readonly #spaces = new Map<string, Space>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const pos = this.take(space);
    this.#of(space).flights.set(writer, { pos, users: new Set(users) });
    return pos;
  }

  async end(space: string, writer: string): Promise<boolean> {
    const { flights } = this.#of(space);
    const flight = flights.get(writer);
    flights.delete(writer);
    return flight !== undefined && !this.#expired(flight);
  }

  async horizon(space: string, user: string): Promise<number> {
    const of = this.#of(space);
    const holding = [...of.flights.values()].filter(
      (flight) => flight.users.has(user) && !this.#expired(flight),
    );
    if (holding.length > 0) return Math.min(...holding.map((flight) => flight.pos)) - 1;
    of.last = Math.max(of.last, this.#micros());
    return of.last;
  }

  async now(space: string): Promise<number> {
    return this.take(space);
  }

  async abandoned(): Promise<Flight[]> {
    return [...this.#spaces].flatMap(([space, { flights }]) =>
      [...flights]
        .filter(([, flight]) => this.#expired(flight))
        .map(([writer, { pos, users }]) => ({ space, writer, pos, users: [...users] })),
    );
  }

  async forget({ space, writer, pos }: Flight): Promise<void> {
    const { flights } = this.#of(space);
    if (flights.get(writer)?.pos === pos) flights.delete(writer);
  }

  /** As `now`, at once. */
  take(space: string): number {
    const of = this.#of(space);
    of.last = Math.max(of.last + 1, this.#micros());
    return of.last;
  }

  /** The last position that was given out. */
  last(space: string): number {
    return this.#of(space).last;
  }

  /** Changes that were begun and not ended. */
  inFlight(space: string): number {
    return this.#of(space).flights.size;
  }

  #expired(flight: InFlight): boolean {
    return this.#micros() - flight.pos > MOST_IN_FLIGHT_MS * 1_000;
  }

  #micros(): number {
    return this.#now() * 1_000;
  }

  #of(space: string): Space {
    const known = this.#spaces.get(space) ?? { last: 0, flights: new Map<string, InFlight>() };
    this.#spaces.set(space, known);
    return known;
  }
}
