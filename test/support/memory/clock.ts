import type { Now, PositionClock } from '../../../core/ports/bus.ts';
import { MOST_IN_FLIGHT_MS } from '../../../core/positions.ts';

interface Flight {
  pos: number;
  users: ReadonlySet<string>;
}

interface Space {
  last: number;
  flights: Map<string, Flight>;
}

/** The clock of decision 7. What has been in flight for longer than 30 s is forgotten by whoever reads. */
export class MemoryClock implements PositionClock {
  readonly #spaces = new Map<string, Space>();
  readonly #now: Now;

  constructor(now: Now) {
    this.#now = now;
  }

  async begin(space: string, writer: string, users: readonly string[]): Promise<number> {
    const of = this.#of(space);
    of.last = Math.max(of.last + 1, this.#micros());
    of.flights.set(writer, { pos: of.last, users: new Set(users) });
    return of.last;
  }

  async end(space: string, writer: string): Promise<boolean> {
    const { flights } = this.#of(space);
    const flight = flights.get(writer);
    flights.delete(writer);
    return flight !== undefined && !this.#expired(flight);
  }

  async horizon(space: string, user: string): Promise<number> {
    const of = this.#of(space);
    for (const [writer, flight] of of.flights) if (this.#expired(flight)) of.flights.delete(writer);
    const holding = [...of.flights.values()].filter((flight) => flight.users.has(user));
    if (holding.length > 0) return Math.min(...holding.map((flight) => flight.pos)) - 1;
    of.last = Math.max(of.last, this.#micros());
    return of.last;
  }

  /** Changes that were begun and not ended. */
  inFlight(space: string): number {
    return this.#of(space).flights.size;
  }

  #expired(flight: Flight): boolean {
    return this.#micros() - flight.pos > MOST_IN_FLIGHT_MS * 1_000;
  }

  #micros(): number {
    return this.#now() * 1_000;
  }

  #of(space: string): Space {
    const known = this.#spaces.get(space) ?? { last: 0, flights: new Map<string, Flight>() };
    this.#spaces.set(space, known);
    return known;
  }
}
