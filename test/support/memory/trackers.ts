import { keyOf, trackerId } from '../../../core/keys.ts';
import type { EndedVersion, StoredTracker, TrackerMatch, TrackerVersion } from '../../../core/model.ts';
import type {
  Narrowing,
  TakePosition,
  TrackerPut,
  TrackerScan,
  TrackerStore,
} from '../../../core/ports/stores.ts';
import { noPause, type Pause } from './pause.ts';

type Kept = TrackerPut & Pick<TrackerVersion, 'version' | 'begunBy' | 'previous' | 'from'>;

const versionOf = ({ user, tracked, verbs, actorOnly, since, createdAt, ...kept }: Kept): TrackerVersion => {
  const { version, begunBy, previous, from } = kept;
  return {
    ...{ user, key: keyOf(tracked), verbs: [...verbs], actorOnly, since: since ?? createdAt },
    ...{ version, begunBy, previous, from },
  };
};

export class MemoryTrackers implements TrackerStore {
  readonly #byId = new Map<string, Kept>();
  #ended: Array<EndedVersion & { done?: boolean }> = [];
  #versions = 0;
  #writes = 0;
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

  async put(trackers: readonly TrackerPut[], position: TakePosition): Promise<Set<string>> {
    const created = new Set<string>();
    const by = `w${++this.#writes}`;
    for (const [index, tracker] of structuredClone(trackers).entries()) {
      if (index > 0) await this.#pause();
      await this.#changing(tracker.id, position, (known, pos) => {
        if (!known) created.add(tracker.id);
        this.#replace(known, { ...tracker, createdAt: known?.createdAt ?? tracker.createdAt }, pos, by);
      });
    }
    return created;
  }

  async end(ids: readonly string[], position: TakePosition): Promise<string[]> {
    const ended: string[] = [];
    const by = `w${++this.#writes}`;
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      await this.#changing(id, position, (known, pos) => {
        if (!known) return;
        this.#replace(known, null, pos, by);
        ended.push(id);
      });
    }
    return ended;
  }

  async remove(ids: readonly string[]): Promise<string[]> {
    const removed: string[] = [];
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.delete(id)) removed.push(id);
    }
    return removed;
  }

  async narrow(changes: readonly Narrowing[], position: TakePosition): Promise<string[]> {
    const narrowed: string[] = [];
    const by = `w${++this.#writes}`;
    for (const [index, { id, from, to }] of changes.entries()) {
      if (index > 0) await this.#pause();
      await this.#changing(id, position, (stored, pos) => {
        if (!stored || JSON.stringify(stored.verbs) !== JSON.stringify(from)) return;
        narrowed.push(id);
        this.#replace(stored, to.length > 0 ? { ...stored, verbs: [...to] } : null, pos, by);
      });
    }
    return narrowed;
  }

  async versions(ids: readonly string[]): Promise<TrackerVersion[]> {
    return ids.flatMap((id) => {
      const kept = this.#byId.get(id);
      return kept ? versionOf(kept) : [];
    });
  }

  async date(ids: readonly string[], pos: number): Promise<void> {
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      const kept = this.#byId.get(id);
      if (kept) kept.from ??= pos;
    }
  }

  async ended(users: readonly string[]): Promise<EndedVersion[]> {
    return this.#ended
      .filter(({ user }) => users.includes(user))
      .map(({ done: _, ...each }) => ({ ...each }));
  }

  async looked(versions: readonly string[]): Promise<void> {
    for (const each of this.#ended) if (versions.includes(each.version)) each.done = true;
  }

  async forget(user: string): Promise<void> {
    const others = this.#ended.filter((each) => each.user !== user);
    const own = this.#ended.filter((each) => each.user === user);
    if (own.every(({ done }) => done)) this.#ended = others;
  }

  /** Versions that ended and are still kept, of all users. */
  get kept(): number {
    return this.#ended.length;
  }

  /** Changes it as it is when a position has been taken that is later than the version it has then. */
  async #changing(
    id: string,
    position: TakePosition,
    change: (known: Kept | undefined, pos: number) => void,
  ): Promise<void> {
    for (;;) {
      const { version } = this.#byId.get(id) ?? {};
      const pos = await position();
      const known = this.#byId.get(id);
      if (known?.version === version) return change(known, pos);
    }
  }

  /** `to` `null`: it ends. */
  #replace(known: Kept | undefined, to: TrackerPut | null, pos: number, by: string): void {
    const isSame =
      known &&
      to &&
      known.actorOnly === to.actorOnly &&
      known.since === to.since &&
      `${[...known.verbs].sort()}` === `${[...to.verbs].sort()}`;
    if (known && !isSame) {
      this.#ended.push({ ...versionOf(known), from: known.from ?? pos, end: pos, endedBy: by });
    }
    if (!to) {
      if (known) this.#byId.delete(known.id);
      return;
    }
    const next = {
      version: `v${++this.#versions}`,
      begunBy: by,
      previous: known?.version ?? null,
      from: null,
    };
    const { version, begunBy, previous, from } = isSame ? known : next;
    this.#byId.set(to.id, { ...to, version, begunBy, previous, from });
  }

  #stored(ids: readonly string[]): StoredTracker[] {
    const found = ids.flatMap((id) => this.#byId.get(id) ?? []);
    return structuredClone(found).map(({ version: _, begunBy: __, previous: ___, from: ____, ...each }) => ({
      ...each,
      since: each.since ?? each.createdAt,
    }));
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
