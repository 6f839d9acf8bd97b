/** Marking items read, unread, seen (rule 7; decision 8). */
import type { MarkAnswer } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import type { ParsedMark } from '../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../access.ts';
import type { Mark, Stores } from '../ports/stores.ts';
import { formatPosition, parsePosition } from '../positions.ts';
import type { FeedDeps } from './deps.ts';

export interface MarkCall {
  user: string;
  mark: Mark;
  input: ParsedMark;
  /** The connection that asked, which learns of it by the answer. */
  origin: string | null;
}

/**
 * What each mark leaves: all of it, so that pushes which overtake each other can be told apart by their positions
 * alone. Only read items are marked unread, and those are seen; only unread ones are marked seen.
 */
const effects: Record<Mark, { unread: boolean; seen: boolean }> = {
  read: { unread: false, seen: true },
  unread: { unread: true, seen: true },
  seen: { unread: true, seen: true },
};

/** Items told of with what they show; of more than these the user's connections are told to reload. */
const MOST_SHOWN = 100;

/** @throws HubError forbidden, invalid_input */
export async function markFeed(deps: FeedDeps, principal: Principal, call: MarkCall): Promise<MarkAnswer> {
  checkSelf(principal, 'feed', call.user);
  const { user, mark, input } = call;
  const given = input.position === undefined ? Number.MAX_SAFE_INTEGER : parsePosition(input.position).pos;
  const { space } = principal;
  const stores = await deps.spaces.writer(space);
  const { ids, until } = input;
  let before = given;
  let entered = Number.MAX_SAFE_INTEGER;
  let changed = 0;
  // In bounded steps: what comes in meanwhile is later than the first and stays untouched.
  for (let isFirst = true; ; isFirst = false) {
    const found = await stores.feeds.markable({
      user,
      mark,
      before,
      entered,
      ids,
      until,
      limit: limits.marks,
    });
    const done = await markThese(deps, { space, stores, call, given, entered, isFirst }, found);
    changed += done.changed;
    entered = Math.min(entered, done.first ?? entered);
    if (found.length < limits.marks) {
      const position = done.last ?? (await deps.clock.horizon(space, user));
      return { changed, counts: await stores.feeds.counts(user), position: formatPosition(position) };
    }
    before = Math.min(before, done.first ?? before);
  }
}

interface Step {
  space: string;
  stores: Stores;
  call: MarkCall;
  /** Items changed after it stay untouched. */
  given: number;
  /** Items that came in or were bumped after it stay untouched. */
  entered: number;
  isFirst: boolean;
}

interface Done {
  changed: number;
  /** The first and the last position that was taken. */
  first?: number;
  last?: number;
}

/** Marks these, all of which qualify; those that change on the way, and still qualify, once more. */
async function markThese(deps: FeedDeps, step: Step, found: readonly string[]): Promise<Done> {
  const { user, mark } = step.call;
  const { feeds } = step.stores;
  const done: Done = { changed: 0 };
  for (let ids = found; ids.length > 0; ) {
    const writer = deps.newId();
    const pos = await deps.clock.begin(step.space, writer, [user]);
    done.first ??= pos;
    // An item that is bumped meanwhile is unread, whichever of the two is written first.
    const scan = { user, mark, ids, entered: Math.min(step.entered, done.first), limit: ids.length };
    const [changed, horizon] = await Promise.all([
      feeds.mark({ ...scan, before: Math.min(step.given, pos) }, pos),
      deps.clock.horizon(step.space, user),
    ]);
    const all = changed === ids.length;
    const marked = all ? ids : (await feeds.byIds(ids)).flatMap((item) => (item.pos === pos ? item.id : []));
    // Below our own position another change of this feed is being written: it may have put in an item and told
    // nobody yet, and a mark of an unknown item would be lost on clients.
    const last = await finish(deps, step, { writer, ids: marked, pos, isAlone: horizon >= pos - 1 });
    done.changed += changed;
    done.last = last;
    ids = all ? [] : await feeds.markable({ ...scan, before: step.given });
  }
  return done;
}

interface Marked {
  writer: string;
  ids: readonly string[];
  pos: number;
  isAlone: boolean;
}

/** Tells the other connections and takes the marks out of flight; answers the position they ended with. */
async function finish(deps: FeedDeps, step: Step, marked: Marked): Promise<number> {
  const { space, stores, call } = step;
  const { writer, ids } = marked;
  let { pos } = marked;
  for (;;) {
    if (ids.length > 0) await announce(deps, step, { ...marked, pos });
    if (await deps.clock.end(space, writer)) return pos;
    const next = await deps.clock.begin(space, writer, [call.user]);
    if (ids.length > 0) await stores.feeds.restamp(ids, pos, next);
    pos = next;
  }
}

async function announce(deps: FeedDeps, step: Step, { ids, pos, isAlone }: Marked): Promise<void> {
  const { space, stores, call, isFirst } = step;
  const { user, mark, origin } = call;
  if (isFirst && isAlone) {
    await deps.bus.publish(space, { kind: 'marked', user, ids: [...ids], ...effects[mark], pos, origin });
  } else if (isFirst && ids.length <= MOST_SHOWN) {
    const items = await stores.feeds.byIds(ids);
    if (items.length === 0) return;
    const actions = await stores.actions.byIds([...new Set(items.map((item) => item.action))]);
    await deps.bus.publish(space, { kind: 'items', items, actions: [...actions.values()] });
  } else {
    await deps.bus.publish(space, { kind: 'reset', user, pos });
  }
}
