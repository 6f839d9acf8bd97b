import { satisfies } from '../../../core/actions/conditions.ts';
import { isOutdated, withDeleted } from '../../../core/deletion/refs.ts';
import { TooSlow } from '../../../core/errors.ts';
import { actionKeys, groupKeys } from '../../../core/keys.ts';
import type { Decision, DeletedObject, MergedAction, StoredAction } from '../../../core/model.ts';
import type {
  ActionConditions,
  ActionPlace,
  ActionScan,
  ActionStore,
  Similar,
} from '../../../core/ports/stores.ts';
import { noPause, type Pause } from './pause.ts';

/** What is left of an action that went. */
interface Gone {
  keys: string[];
  pos: number;
}

/** One decision for each id, as in the database; what is gone is kept for good. */
export class MemoryActions implements ActionStore {
  readonly #byId = new Map<string, Decision>();
  readonly #gone = new Map<string, Gone>();
  /** Positions of the last change. */
  readonly #positions = new Map<string, number>();
  readonly #pause: Pause;
  /** Whether every read that has a bound on its time exceeds it. */
  isSlow = false;

  constructor(pause = noPause) {
    this.#pause = pause;
  }

  async insertInOrder(decided: ReadonlyArray<StoredAction | MergedAction>, pos: number): Promise<number> {
    for (const [index, each] of decided.entries()) {
      if (index > 0) await this.#pause();
      if (this.#byId.has(each.id)) return index;
      const decision: Decision =
        'into' in each ? { kind: 'merged', merged: each } : { kind: 'action', action: each };
      this.#byId.set(each.id, structuredClone(decision));
      this.#positions.set(each.id, pos);
    }
    return decided.length;
  }

  async decisions(ids: readonly string[]): Promise<Map<string, Decision>> {
    // In the store's order, not in that of the ids: no caller may rely on one.
    const wanted = new Set(ids);
    return structuredClone(new Map([...this.#byId].filter(([id]) => wanted.has(id))));
  }

  async byIds(ids: readonly string[]): Promise<Map<string, StoredAction>> {
    const wanted = new Set(ids);
    return new Map(
      this.all()
        .filter(({ id }) => wanted.has(id))
        .map((action) => [action.id, action]),
    );
  }

  async replace(action: StoredAction, rev: number, pos: number): Promise<boolean> {
    const known = this.#byId.get(action.id);
    if (known?.kind !== 'action' || known.action.rev !== rev) return false;
    this.#byId.set(action.id, structuredClone({ kind: 'action', action }));
    this.#positions.set(action.id, pos);
    return true;
  }

  async restamp(ids: readonly string[], pos: number): Promise<void> {
    for (const id of ids) {
      if ((this.#positions.get(id) ?? pos) < pos) this.#positions.set(id, pos);
      await this.#pause();
    }
  }

  async similar({ keys, from, to, after, limit }: Similar): Promise<StoredAction[]> {
    const isAsked = (action: StoredAction): boolean => {
      const { targets, related, verb } = groupKeys(action);
      return keys.targets.includes(targets) || keys.related.includes(related) || keys.verb.includes(verb);
    };
    return this.#newestFirst(isAsked, { since: from, until: to, after, limit });
  }

  async find(scan: ActionScan): Promise<StoredAction[]> {
    if (this.isSlow && scan.mostMs !== undefined) throw new TooSlow();
    return this.#newestFirst((action) => satisfies(action, scan), scan);
  }

  async matching(ids: readonly string[], conditions: ActionConditions): Promise<Set<string>> {
    const found = await this.byIds(ids);
    return new Set([...found].flatMap(([id, action]) => (satisfies(action, conditions) ? id : [])));
  }

  async idsOf(key: string, most: number): Promise<string[]> {
    return this.all()
      .flatMap((action) => (satisfies(action, { key }) ? action.id : []))
      .slice(0, most);
  }

  async bury(ids: readonly string[], pos: number): Promise<StoredAction[]> {
    const buried: StoredAction[] = [];
    for (const id of new Set(ids)) {
      await this.#pause();
      const known = this.#byId.get(id);
      if (known && known.kind !== 'action') continue;
      if (known) buried.push(known.action);
      this.#byId.set(id, { kind: 'gone', id });
      this.#gone.set(id, { keys: known ? actionKeys(known.action) : [], pos });
    }
    return structuredClone(buried);
  }

  async showDeleted(ids: readonly string[], object: DeletedObject, pos: number): Promise<void> {
    const deleted = new Map([[object.key, object]]);
    await this.#change(ids, (action) => {
      if (isOutdated(action, deleted))
        this.#positions.set(action.id, Math.max(this.#positions.get(action.id) ?? 0, pos));
      return withDeleted(action, deleted);
    });
  }

  async forgetUsers(ids: readonly string[], users: readonly string[]): Promise<void> {
    await this.#change(ids, (action) => ({
      ...action,
      notify: action.notify.filter((user) => !users.includes(user)),
    }));
  }

  async changedSince(key: string, pos: number, limit: number): Promise<StoredAction[]> {
    return this.all()
      .filter((action) => (this.#positions.get(action.id) ?? 0) > pos && actionKeys(action).includes(key))
      .slice(0, limit);
  }

  async goneSince(key: string, pos: number, limit: number): Promise<string[]> {
    return [...this.#gone]
      .filter(([, gone]) => gone.pos > pos && gone.keys.includes(key))
      .map(([id]) => id)
      .slice(0, limit);
  }

  /** Those that stand. */
  all(): StoredAction[] {
    return structuredClone(this.#standing());
  }

  /** Every id that was decided. */
  decided(): string[] {
    return [...this.#byId.keys()];
  }

  #standing(): StoredAction[] {
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
    wanted: (action: StoredAction) => boolean,
    { by = 'timestamp', since, until, after, limit }: ActionScan,
  ): StoredAction[] {
    const found = this.#standing()
      .filter(
        (action) =>
          (since === undefined || action[by] >= since) &&
          (until === undefined || action[by] <= until) &&
          (!after || isBehind({ time: action[by], id: action.id }, after)) &&
          wanted(action),
      )
      .sort((left, right) => right[by] - left[by] || (left.id < right.id ? 1 : -1))
      .slice(0, limit);
    return structuredClone(found);
  }
}

const isBehind = (place: ActionPlace, after: ActionPlace): boolean =>
  place.time < after.time || (place.time === after.time && place.id < after.id);
