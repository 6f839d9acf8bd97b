/** What is wrong about some actions in a user's feed, by all that is stored now. */

import type { FeedDeps } from '../feed/deps.ts';
import { membership } from '../feed/membership.ts';
import type { Edit } from '../feed/writer.ts';
import { itemId } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import type { Stores } from '../ports/stores.ts';

export interface Difference {
  /** In the order of the actions. */
  changes: readonly Change[];
  actions: ReadonlyMap<string, StoredAction>;
  /** Those that would be in the feed, but of which nobody can say now whether they may be seen: they stay as they are. */
  unknown: readonly string[];
  /** Whether some of the items are, or were, in the feed. */
  mayExist: boolean;
}

type Change = ({ arrival: Edit['arrivals'][number] } | { removal: Edit['removals'][number] }) & {
  /** It was made already, but perhaps not told. */
  isMade: boolean;
};

/**
 * `since`: a position that the caller took before it read the actions. Items that entered later are not removed; their writer
 * checks them again (decision 15). `begun`: a position. The changes include items that are already right but changed after
 * it, because the process that changed them may have died before it published them.
 */
export async function differenceOf(
  deps: FeedDeps,
  stores: Stores,
  { space, user, since, begun }: { space: string; user: string; since: number; begun: number },
  actions: readonly StoredAction[],
): Promise<Difference> {
  const belonging = await membership(deps, { space, stores }, user, actions);
  const ids = actions.map((action) => itemId(action.id, user));
  const here = new Map((await stores.feeds.byIds(ids)).map((item) => [item.id, item]));
  const others = ids.filter((id) => !here.has(id));
  const left = others.length === 0 ? [] : await stores.feeds.removedByIds(others);
  const gone = new Map(left.map((item) => [item.id, item]));
  const unknown: string[] = [];
  const isUntold = (item: { pos: number } | undefined) => item !== undefined && item.pos >= begun;
  const changes = actions.flatMap((action): Change[] => {
    const id = itemId(action.id, user);
    const member = belonging.get(action.id);
    const item = here.get(id);
    if (member === 'unknown') {
      unknown.push(action.id);
      return [];
    }
    const removal = { id, user, action: action.id };
    if (!member) {
      if (!item && !isUntold(gone.get(id))) return [];
      return [{ removal: { ...removal, before: since }, isMade: item === undefined }];
    }
    const { arrival, lapsed } = member;
    // Taken out, it comes back at once, as it is to arrive (decision 15).
    if (item && item.entered < lapsed) return [{ removal: { ...removal, before: lapsed }, isMade: false }];
    return item && !isUntold(item) ? [] : [{ arrival, isMade: item !== undefined }];
  });
  return {
    changes,
    unknown,
    actions: new Map(actions.map((action) => [action.id, action])),
    mayExist: here.size + gone.size > 0,
  };
}

/** Some of the changes, as they are written. */
export const editOf = ({ actions }: Difference, changes: readonly Change[]): Edit => ({
  arrivals: changes.flatMap((change) => ('arrival' in change ? [change.arrival] : [])),
  removals: changes.flatMap((change) => ('removal' in change ? [change.removal] : [])),
  actions,
});
