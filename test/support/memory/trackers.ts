import { keyOf, trackerId } from '../../../core/keys.ts';
import type { StoredTracker, TrackerMatch } from '../../../core/model.ts';
import type { TrackerPut, TrackerScan, TrackerStore } from '../../../core/ports/stores.ts';
import { noPause, type Pause } from './pause.ts';

export class MemoryTrackers implements TrackerStore {
  readonly #byId = new Map<string, TrackerPut>();
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async some(keys: readonly string[], limit: number): Promise<TrackerMatch[]> {
    return this.#matches((each) => keys.includes(each.key)).slice(0, limit);
  }

  async *ofKey(key: string, after: string | null, chunk: number): AsyncIterable<TrackerMatch[]> {
    for (let last = after; ; ) {
      const found = this.#matches((each) => each.key === key && (last === null || each.user > last))
        .sort((left, right) => (left.user < right.user ? -1 : 1))
        .slice(0, chunk);
      if (found.length > 0) yield found;
      if (found.length < chunk) return;
      last = found.at(-1)?.user ?? null;
    }
  }

  async byIds(ids: readonly string[]): Promise<TrackerMatch[]> {
    return this.#matches((each) => ids.includes(trackerId(each.user, each.key)));
  }

  async find(user: string, keys: readonly string[]): Promise<StoredTracker[]> {
    return this.#stored(keys.map((key) => trackerId(user, key)));
  }

  async get(ids: readonly string[]): Promise<StoredTracker[]> {
    return this.#stored(ids).reverse();
  }

  async countsOf(users: readonly string[], most: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const user of users) {
      counts.set(user, (await this.scan({ user, limit: most + 1 })).length);
    }
    return counts;
  }

  async scan({ user, key, type, verb, after = null, limit }: TrackerScan): Promise<StoredTracker[]> {
    return this.#stored([...this.#byId.keys()])
      .filter(
        (each) =>
          (user === undefined || each.user === user) &&
          (key === undefined || keyOf(each.tracked) === key) &&
          (type === undefined || each.tracked.type === type) &&
          (verb === undefined || each.verbs.length === 0 || each.verbs.includes(verb)) &&
          (after === null || each.id > after),
      )
      .sort((left, right) => (left.id < right.id ? -1 : 1))
      .slice(0, limit);
  }

  async put(trackers: readonly TrackerPut[]): Promise<Set<string>> {
    const created = new Set<string>();
    for (const [index, tracker] of structuredClone(trackers).entries()) {
      if (index > 0) await this.#pause();
      const known = this.#byId.get(tracker.id);
      if (!known) created.add(tracker.id);
      this.#byId.set(tracker.id, { ...tracker, createdAt: known?.createdAt ?? tracker.createdAt });
    }
    return created;
  }

  async remove(ids: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.delete(id)) removed.push(id);
    }
    return removed;
  }

  async narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<string[]> {
    const narrowed: string[] = [];
    for (const [index, { id, from, to }] of changes.entries()) {
      if (index > 0) await this.#pause();
      const stored = this.#byId.get(id);
      if (!stored || JSON.stringify(stored.verbs) !== JSON.stringify(from)) continue;
      narrowed.push(id);
      if (to.length > 0) this.#byId.set(id, { ...stored, verbs: [...to] });
      else this.#byId.delete(id);
    }
    return narrowed;
  }

  #stored(ids: readonly string[]): StoredTracker[] {
    const found = ids.flatMap((id) => this.#byId.get(id) ?? []);
    return structuredClone(found).map((each) => ({ ...each, since: each.since ?? each.createdAt }));
  }

  #matches(wanted: (match: TrackerMatch) => boolean): TrackerMatch[] {
    const all = this.#stored([...this.#byId.keys()]).map(
      ({ user, tracked, verbs, actorOnly, since }): TrackerMatch => ({
        user,
        key: keyOf(tracked),
        verbs,
        actorOnly,
        since,
      }),
    );
    return all.filter(wanted);
  }
}
