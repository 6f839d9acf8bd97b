import { keyOf, trackerId } from '../../../core/keys.ts';
import type { StoredTracker, TrackerMatch } from '../../../core/model.ts';
import type { TrackerStore } from '../../../core/ports/stores.ts';

export class MemoryTrackers implements TrackerStore {
  readonly #byId = new Map<string, StoredTracker>();

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
    const own = [...this.#byId.values()].filter((each) => each.user === user);
    const inOrder = keys.flatMap((key) => own.filter((each) => keyOf(each.tracked) === key));
    return structuredClone(inOrder);
  }

  async put(trackers: readonly StoredTracker[]): Promise<StoredTracker[]> {
    for (const tracker of structuredClone(trackers)) {
      const createdAt = this.#byId.get(tracker.id)?.createdAt ?? tracker.createdAt;
      this.#byId.set(tracker.id, { ...tracker, createdAt });
    }
    return structuredClone(trackers.flatMap((each) => this.#byId.get(each.id) ?? []));
  }

  async remove(user: string, keys: readonly string[]): Promise<void> {
    for (const each of this.#byId.values()) {
      if (each.user === user && keys.includes(keyOf(each.tracked))) this.#byId.delete(each.id);
    }
  }

  async narrow(
    changes: ReadonlyArray<{ id: string; from: readonly string[]; to: readonly string[] }>,
  ): Promise<number> {
    let narrowed = 0;
    for (const { id, from, to } of changes) {
      const stored = this.#byId.get(id);
      if (!stored || JSON.stringify(stored.verbs) !== JSON.stringify(from)) continue;
      narrowed += 1;
      if (to.length > 0) this.#byId.set(id, { ...stored, verbs: [...to] });
      else this.#byId.delete(id);
    }
    return narrowed;
  }

  #matches(wanted: (match: TrackerMatch) => boolean): TrackerMatch[] {
    const all = [...this.#byId.values()].map(
      ({ user, tracked, verbs, actorOnly, since }): TrackerMatch => ({
        user,
        key: keyOf(tracked),
        verbs: [...verbs],
        actorOnly,
        since,
      }),
    );
    return all.filter(wanted);
  }
}
