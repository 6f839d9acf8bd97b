import { matchesConditions } from '../../../core/actions/conditions.ts';
import { ReadTimeoutError } from '../../../core/errors.ts';
import { needsTombstone, withTombstones } from '../../../core/model/deleted-refs.ts';
import type {
  ActionOutline,
  DeletedObject,
  MergedAction,
  Resolution,
  StoredAction,
  StoredRef,
} from '../../../core/model/entities.ts';
import { actionKeys, groupKeys, keyOf } from '../../../core/model/keys.ts';
import { FIRST_POSITION, later, type Position } from '../../../core/model/units.ts';
import type { TimeCursor } from '../../../core/paging/cursor.ts';
import type {
  ActionConditions,
  ActionScan,
  ActionStore,
  SimilarityQuery,
} from '../../../core/ports/actions.ts';
import { noPause, type Pause } from './pause.ts';

/** Keeps the keys of a deleted action, so that watches of them learn of the deletion. */
interface DeletionRecord {
  keys: string[];
  position: Position;
}

/** Stores one resolution per id, as the database does. Resolutions of deleted actions are kept permanently. */
export class MemoryActions implements ActionStore {
  readonly #byId = new Map<string, Resolution>();
  readonly #deletionRecords = new Map<string, DeletionRecord>();
  /** The position of each action's last change. */
  readonly #positions = new Map<string, Position>();
  readonly #pause: Pause;
  /** If set, every read with a time limit exceeds it. */
  isSlow = false;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insertInOrder(
    resolved: ReadonlyArray<StoredAction | MergedAction>,
    position: Position,
  ): Promise<number> {
    for (const [index, each] of resolved.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.has(each.id)) return index;
      const resolution: Resolution =
        'into' in each ? { kind: 'merged', merged: each } : { kind: 'action', action: each };
      this.#byId.set(each.id, structuredClone(resolution));
      this.#positions.set(each.id, position);
    }
    return resolved.length;
  }

  async resolutions(ids: readonly string[]): Promise<Map<string, Resolution>> {
    // In storage order, because no caller may rely on the order of the ids.
    const requested = new Set(ids);
    return structuredClone(new Map([...this.#byId].filter(([id]) => requested.has(id))));
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    const requested = new Set(ids);
    return new Map(
      this.all()
        .filter(({ id }) => requested.has(id))
        .map((action) => [action.id, action]),
    );
  }

  async replace(action: StoredAction, version: number, position: Position): Promise<boolean> {
    const known = this.#byId.get(action.id);
    if (known?.kind !== 'action' || known.action.version !== version) return false;
    this.#byId.set(action.id, structuredClone({ kind: 'action', action }));
    this.#positions.set(action.id, position);
    return true;
  }

  async advancePosition(ids: readonly string[], position: Position): Promise<void> {
    for (const id of ids) {
      if ((this.#positions.get(id) ?? position) < position) this.#positions.set(id, position);
      await this.#pause();
    }
  }

  async findSimilar({ keys, from, to, after, limit }: SimilarityQuery): Promise<StoredAction[]> {
    const isSimilar = (action: StoredAction): boolean => {
      const { targets, related, verb } = groupKeys(action);
      return keys.targets.includes(targets) || keys.related.includes(related) || keys.verb.includes(verb);
    };
    return this.#newestFirst(isSimilar, { since: from, until: to, after, limit });
  }

  async find(scan: ActionScan): Promise<StoredAction[]> {
    if (this.isSlow && scan.maxTimeMs !== undefined) throw new ReadTimeoutError();
    return this.#newestFirst((action) => matchesConditions(action, scan), scan);
  }

  async findOutlines(scan: ActionScan): Promise<ActionOutline[]> {
    const bare = ({ type, id }: StoredRef): StoredRef => ({ type, id });
    return (await this.find(scan)).map(
      ({ data: _, count: __, body: ___, url: ____, buttons: _____, ...outline }) => {
        const others = new Map(
          [...outline.targets, ...outline.related].map((ref) => [keyOf(ref), bare(ref)]),
        );
        if (outline.actor) others.delete(keyOf(outline.actor));
        return {
          ...outline,
          actor: outline.actor && bare(outline.actor),
          targets: [],
          related: [...others.values()],
        };
      },
    );
  }

  async filterMatching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>> {
    const found = await this.byIds(ids);
    return new Set([...found].flatMap(([id, action]) => (matchesConditions(action, conditions) ? id : [])));
  }

  async idsByKey(key: string, max: number): Promise<string[]> {
    return this.all()
      .flatMap((action) => (matchesConditions(action, { key }) ? action.id : []))
      .slice(0, max);
  }

  async deleteMany(ids: readonly string[], position: Position): Promise<StoredAction[]> {
    const deleted: StoredAction[] = [];
    for (const id of new Set(ids)) {
      await this.#pause();
      const known = this.#byId.get(id);
      if (known && known.kind !== 'action') continue;
      if (known) deleted.push(known.action);
      this.#byId.set(id, { kind: 'gone', id });
      this.#deletionRecords.set(id, { keys: known ? actionKeys(known.action) : [], position });
    }
    return structuredClone(deleted);
  }

  async writeTombstone(ids: readonly string[], object: DeletedObject, position: Position): Promise<void> {
    const deleted = new Map([[object.key, object]]);
    await this.#change(ids, (action) => {
      if (needsTombstone(action, deleted))
        this.#positions.set(action.id, later(this.#positions.get(action.id) ?? FIRST_POSITION, position));
      return withTombstones(action, deleted);
    });
  }

  async removeFromNotify(ids: readonly string[], users: readonly string[]): Promise<void> {
    await this.#change(ids, (action) => ({
      ...action,
      notify: action.notify.filter((user) => !users.includes(user)),
    }));
  }

  async changedSince(key: string, position: Position, limit: number): Promise<StoredAction[]> {
    return this.all()
      .filter(
        (action) => (this.#positions.get(action.id) ?? 0) > position && actionKeys(action).includes(key),
      )
      .slice(0, limit);
  }

  async goneSince(key: string, position: Position, limit: number): Promise<string[]> {
    return [...this.#deletionRecords]
      .filter(([, record]) => record.position > position && record.keys.includes(key))
      .map(([id]) => id)
      .slice(0, limit);
  }

  /** All live actions. */
  all(): StoredAction[] {
    return structuredClone(this.#live());
  }

  /** All ids that have a resolution. */
  resolvedIds(): string[] {
    return [...this.#byId.keys()];
  }

  #live(): StoredAction[] {
    return [...this.#byId.values()].flatMap((each) => (each.kind === 'action' ? [each.action] : []));
  }

  async #change(ids: readonly string[], change: (action: StoredAction) => StoredAction): Promise<void> {
    for (const id of ids) {
      await this.#pause();
      const known = this.#byId.get(id);
      if (known?.kind === 'action') this.#byId.set(id, { kind: 'action', action: change(known.action) });
    }
  }

  #newestFirst(
    matches: (action: StoredAction) => boolean,
    { sortBy = 'timestamp', since, until, after, limit }: ActionScan,
  ): StoredAction[] {
    const found = this.#live()
      .filter(
        (action) =>
          (since === undefined || action[sortBy] >= since) &&
          (until === undefined || action[sortBy] <= until) &&
          (!after || isOlder({ time: action[sortBy], id: action.id }, after)) &&
          matches(action),
      )
      .sort((left, right) => right[sortBy] - left[sortBy] || (left.id < right.id ? 1 : -1))
      .slice(0, limit);
    return structuredClone(found);
  }
}

const isOlder = (candidate: TimeCursor, after: TimeCursor): boolean =>
  candidate.time < after.time || (candidate.time === after.time && candidate.id < after.id);
