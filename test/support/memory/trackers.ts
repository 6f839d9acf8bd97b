import type {
  EndedVersion,
  StoredTracker,
  TrackerMatch,
  TrackerVersion,
} from '../../../core/model/entities.ts';
import { keyOf, trackerId } from '../../../core/model/keys.ts';
import type { Position } from '../../../core/model/units.ts';
import type {
  TakePosition,
  TrackerPut,
  TrackerScan,
  TrackerStore,
  VerbsChange,
} from '../../../core/ports/trackers.ts';
import { noPause, type Pause } from './pause.ts';

type StoredVersion = TrackerPut & Pick<TrackerVersion, 'version' | 'startedBy' | 'previous' | 'from'>;

const versionOf = ({
  user,
  tracked,
  verbs,
  actorOnly,
  since,
  createdAt,
  ...stored
}: StoredVersion): TrackerVersion => {
  const { version, startedBy, previous, from } = stored;
  return {
    ...{ user, key: keyOf(tracked), verbs: [...verbs], actorOnly, since: since ?? createdAt },
    ...{ version, startedBy, previous, from },
  };
};

export class MemoryTrackers implements TrackerStore {
  readonly #byId = new Map<string, StoredVersion>();
  #ended: Array<EndedVersion & { isRevalidated?: boolean }> = [];
  #versions = 0;
  #writes = 0;
  readonly #pause: Pause;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async findByKeys(keys: readonly string[], limit: number): Promise<TrackerMatch[]> {
    return this.#matches((each) => keys.includes(each.key)).slice(0, limit);
  }

  async *byKey(key: string, after: string | null, chunkSize: number): AsyncIterable<TrackerMatch[]> {
    for (let last = after; ; ) {
      const found = this.#matches((each) => each.key === key && (last === null || each.user > last))
        .sort((left, right) => (left.user < right.user ? -1 : 1))
        .slice(0, chunkSize);
      if (found.length > 0) yield found;
      if (found.length < chunkSize) return;
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

  async countsByUser(users: readonly string[], max: number): Promise<Map<string, number>> {
    const counts = new Map<string, number>();
    for (const user of users) {
      counts.set(user, (await this.scan({ user, limit: max + 1 })).length);
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

  async put(trackers: readonly TrackerPut[], takePosition: TakePosition): Promise<Set<string>> {
    const created = new Set<string>();
    const writeId = `w${++this.#writes}`;
    for (const [index, tracker] of structuredClone(trackers).entries()) {
      if (index > 0) await this.#pause();
      await this.#update(tracker.id, takePosition, (known, position) => {
        if (!known) created.add(tracker.id);
        this.#replace(
          known,
          { ...tracker, createdAt: known?.createdAt ?? tracker.createdAt },
          position,
          writeId,
        );
      });
    }
    return created;
  }

  async end(ids: readonly string[], takePosition: TakePosition): Promise<string[]> {
    const ended: string[] = [];
    const writeId = `w${++this.#writes}`;
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      await this.#update(id, takePosition, (known, position) => {
        if (!known) return;
        this.#replace(known, null, position, writeId);
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

  async narrowVerbs(changes: readonly VerbsChange[], takePosition: TakePosition): Promise<string[]> {
    const narrowed: string[] = [];
    const writeId = `w${++this.#writes}`;
    for (const [index, { id, from, to }] of changes.entries()) {
      if (index > 0) await this.#pause();
      await this.#update(id, takePosition, (stored, position) => {
        if (!stored || JSON.stringify(stored.verbs) !== JSON.stringify(from)) return;
        narrowed.push(id);
        this.#replace(stored, to.length > 0 ? { ...stored, verbs: [...to] } : null, position, writeId);
      });
    }
    return narrowed;
  }

  async currentVersions(ids: readonly string[]): Promise<TrackerVersion[]> {
    return ids.flatMap((id) => {
      const stored = this.#byId.get(id);
      return stored ? versionOf(stored) : [];
    });
  }

  async currentVersionsOf(user: string): Promise<TrackerVersion[]> {
    return [...this.#byId.values()].filter((stored) => stored.user === user).map(versionOf);
  }

  async setStartPosition(ids: readonly string[], position: Position): Promise<void> {
    for (const [index, id] of ids.entries()) {
      if (index > 0) await this.#pause();
      const stored = this.#byId.get(id);
      if (stored) stored.from ??= position;
    }
  }

  async endedVersions(users: readonly string[]): Promise<EndedVersion[]> {
    return this.#ended
      .filter(({ user }) => users.includes(user))
      .map(({ isRevalidated: _, ...each }) => ({ ...each }));
  }

  async markRevalidated(user: string, versions: readonly string[]): Promise<void> {
    for (const each of this.#ended) {
      if (each.user === user && versions.includes(each.version)) each.isRevalidated = true;
    }
  }

  async pruneEndedVersions(user: string): Promise<void> {
    const others = this.#ended.filter((each) => each.user !== user);
    const own = this.#ended.filter((each) => each.user === user);
    if (own.every(({ isRevalidated }) => isRevalidated)) this.#ended = others;
  }

  /** The number of ended versions that are still kept, of all users. */
  get endedCount(): number {
    return this.#ended.length;
  }

  /** Takes a position, and applies the change unless the tracker changed meanwhile. Otherwise it starts over. */
  async #update(
    id: string,
    takePosition: TakePosition,
    change: (known: StoredVersion | undefined, position: Position) => void,
  ): Promise<void> {
    for (;;) {
      const { version } = this.#byId.get(id) ?? {};
      const position = await takePosition();
      const known = this.#byId.get(id);
      if (known?.version === version) return change(known, position);
    }
  }

  /** If `to` is `null`, the tracker ends. */
  #replace(
    known: StoredVersion | undefined,
    to: TrackerPut | null,
    position: Position,
    writeId: string,
  ): void {
    const isSame =
      known &&
      to &&
      known.actorOnly === to.actorOnly &&
      known.since === to.since &&
      `${[...known.verbs].sort()}` === `${[...to.verbs].sort()}`;
    if (known && !isSame) {
      this.#ended.push({
        ...versionOf(known),
        from: known.from ?? position,
        end: position,
        endedBy: writeId,
      });
    }
    if (!to) {
      if (known) this.#byId.delete(known.id);
      return;
    }
    const next = {
      version: `v${++this.#versions}`,
      startedBy: writeId,
      previous: known?.version ?? null,
      from: null,
    };
    const { version, startedBy, previous, from } = isSame ? known : next;
    this.#byId.set(to.id, { ...to, version, startedBy, previous, from });
  }

  #stored(ids: readonly string[]): StoredTracker[] {
    const found = ids.flatMap((id) => this.#byId.get(id) ?? []);
    return structuredClone(found).map(
      ({ version: _, startedBy: __, previous: ___, from: ____, ...each }) => ({
        ...each,
        since: each.since ?? each.createdAt,
      }),
    );
  }

  #matches(matches: (match: TrackerMatch) => boolean): TrackerMatch[] {
    const all = this.#stored([...this.#byId.keys()]).map(
      ({ user, tracked, verbs, actorOnly, since }): TrackerMatch => ({
        user,
        key: keyOf(tracked),
        verbs,
        actorOnly,
        since,
      }),
    );
    return all.filter(matches);
  }
}
