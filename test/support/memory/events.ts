import type { StoredEvent } from '../../../core/model/entities.ts';
import { keyOf } from '../../../core/model/keys.ts';
import { later, type Millis } from '../../../core/model/units.ts';
import type { EventLog, EventScan, EventStore, RequestFacts } from '../../../core/ports/events.ts';

export class MemoryEvents implements EventStore {
  readonly #byId = new Map<string, StoredEvent>();
  readonly #claims = new Map<string, StoredEvent>();

  async insert(event: StoredEvent): Promise<boolean> {
    if (this.#byId.has(event.id)) return false;
    this.#byId.set(event.id, structuredClone(event));
    return true;
  }

  async claim(key: string, event: StoredEvent): Promise<StoredEvent> {
    const first = this.#claims.get(key) ?? structuredClone(event);
    this.#claims.set(key, first);
    return structuredClone(first);
  }

  async find({ user, name, related, since, until, after, limit }: EventScan): Promise<StoredEvent[]> {
    const found = this.all().filter(
      (event) =>
        (user === undefined || event.user === user) &&
        (name === undefined || event.name === name) &&
        (related === undefined || (event.related !== null && keyOf(event.related) === related)) &&
        (since === undefined || event.timestamp >= since) &&
        (until === undefined || event.timestamp <= until) &&
        (!after || newestFirst({ timestamp: after.time, id: after.id }, event) < 0),
    );
    return found.sort(newestFirst).slice(0, limit);
  }

  async stats(user: string, max: number): Promise<Array<{ name: string; count: number; latest: Millis }>> {
    const own = this.all().filter((event) => event.user === user);
    return [...new Set(own.map((event) => event.name))]
      .sort()
      .slice(0, max)
      .map((name) => {
        const named = own.filter((event) => event.name === name);
        return { name, count: named.length, latest: named.map((event) => event.timestamp).reduce(later) };
      });
  }

  all(): StoredEvent[] {
    return structuredClone([...this.#byId.values()]);
  }
}

type SortKey = Pick<StoredEvent, 'timestamp' | 'id'>;
const newestFirst = (left: SortKey, right: SortKey): number =>
  right.timestamp - left.timestamp || (left.id < right.id ? 1 : left.id > right.id ? -1 : 0);

/** Keeps the recorded events. */
export class MemoryEventLog implements EventLog {
  readonly records: Array<{ space: string; event: StoredEvent; request: RequestFacts }> = [];

  record(space: string, event: StoredEvent, request: RequestFacts): void {
    this.records.push(structuredClone({ space, event, request }));
  }
}
