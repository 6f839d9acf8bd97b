/** Marks items as read, unread or seen (rule 7; decision 8), archives and snoozes them, and undoes that (rule 10; decision 55). */
import type { MarkAnswer } from '../../../protocol/entities.ts';
import type { ParsedMark } from '../../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import { withFeedWrite } from '../../consistency/feed-write.ts';
import { formatPosition, parsePosition } from '../../model/positions.ts';
import { earlier, LAST_POSITION, type Millis, type Position } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import type { Mark } from '../../ports/feeds.ts';
import type { Stores } from '../../ports/stores.ts';
import { markBounds } from './mark-bounds.ts';
import { markRest } from './mark-rest.ts';
import { publishItems } from './publish-items.ts';

export interface MarkCall {
  user: string;
  mark: Mark;
  input: ParsedMark;
  /** Only for `snooze`. */
  snoozeUntil?: Millis;
  /** The connection that made the call. It gets the response instead of a push. */
  origin: string | null;
}

/**
 * The complete flags after each mark, so that clients can order pushes by position alone. Only read items,
 * which are seen, can be marked unread. Only unread items can be marked seen. Other marks change the state of items, which are
 * then pushed as a whole.
 */
const effects: Partial<Record<Mark, { unread: boolean; seen: boolean }>> = {
  read: { unread: false, seen: true },
  unread: { unread: true, seen: true },
  seen: { unread: true, seen: true },
};

/** Up to this many changed items are pushed with their actions. With more, the user's clients get a reset. */
const MAX_PUSHED_ITEMS = 100;

/** @throws HubError forbidden, invalid_input */
export async function markFeed(deps: FeedDeps, principal: Principal, call: MarkCall): Promise<MarkAnswer> {
  checkSelf(principal, 'feed', call.user);
  const { user, mark, input, snoozeUntil } = call;
  const givenPosition = input.position === undefined ? LAST_POSITION : parsePosition(input.position).position;
  const { space } = principal;
  const stores = await deps.spaces.writer(space);
  const { ids, until } = input;
  const selection = {
    user,
    mark,
    ids,
    until,
    snoozeUntil,
    maxPosition: givenPosition,
    maxDeliveredPosition: LAST_POSITION,
  };
  const limit = ids?.length ?? markBounds.listed;
  const found = await stores.feeds.markable({ ...selection, limit });
  const listed = await markItems(deps, { space, stores, call, givenPosition }, found);
  // Items delivered meanwhile stay unchanged.
  const maxDeliveredPosition = listed.firstPosition ?? LAST_POSITION;
  const rest =
    ids || found.length < limit
      ? null
      : await markRest(deps, { space, stores }, { ...selection, maxDeliveredPosition });
  const position = rest?.lastPosition ?? listed.lastPosition ?? (await deps.clock.watermark(space, user));
  const changed = listed.changed + (rest?.changed ?? 0);
  return { changed, counts: await stores.feeds.counts(user), position: formatPosition(position) };
}

interface MarkStep {
  space: string;
  stores: Stores;
  call: MarkCall;
  /** Items that changed after it stay unchanged. */
  givenPosition: Position;
}

interface MarkResult {
  changed: number;
  /** The first and the last position of the writes. */
  firstPosition?: Position;
  lastPosition?: Position;
}

/** Marks these items. Retries those that changed concurrently and still qualify. */
async function markItems(deps: FeedDeps, step: MarkStep, found: readonly string[]): Promise<MarkResult> {
  const { user, mark, snoozeUntil, input } = step.call;
  const { feeds } = step.stores;
  const result: MarkResult = { changed: 0 };
  for (let ids = found; ids.length > 0; ) {
    const { written, position } = await withFeedWrite(deps, step.space, [user], {
      async write(from) {
        result.firstPosition ??= from;
        // An item that is bumped concurrently ends unread, in either order of the two writes.
        const maxDeliveredPosition = result.firstPosition;
        const selected = input.ids ? { ids } : { among: ids };
        const scan = { user, mark, snoozeUntil, ...selected, maxDeliveredPosition, limit: ids.length };
        const [changed, watermark] = await Promise.all([
          feeds.mark({ ...scan, maxPosition: earlier(step.givenPosition, from) }, from),
          deps.clock.watermark(step.space, user),
        ]);
        const isComplete = changed === ids.length;
        const markedIds = isComplete
          ? ids
          : (await feeds.byIds(ids)).flatMap((item) => (item.position === from ? item.id : []));
        // If the watermark is lower, another write of this feed is in flight. It may have stored an item without
        // pushing it yet, and clients would ignore a mark of an unknown item.
        const isOnlyWriter = watermark >= from - 1;
        await publishMarks(deps, step, { ids: markedIds, position: from, isOnlyWriter });
        return { changed, scan, isComplete, ids: markedIds, isOnlyWriter };
      },
      async advance(from, to, marked) {
        if (marked.ids.length > 0) await feeds.advancePosition(marked.ids, from, to);
        await publishMarks(deps, step, { ...marked, position: to });
      },
    });
    result.changed += written.changed;
    result.lastPosition = position;
    ids = written.isComplete
      ? []
      : await feeds.markable({ ...written.scan, maxPosition: step.givenPosition });
  }
  return result;
}

interface MarkWrite {
  ids: readonly string[];
  position: Position;
  isOnlyWriter: boolean;
}

/** Publishes the marks to the other connections. */
async function publishMarks(
  deps: FeedDeps,
  step: MarkStep,
  { ids, position, isOnlyWriter }: MarkWrite,
): Promise<void> {
  const { space, stores, call } = step;
  const { user, mark, origin } = call;
  if (ids.length === 0) return;
  const effect = effects[mark];
  if (isOnlyWriter && effect) {
    const marked = { user, ids: [...ids], ...effect, position, origin };
    await deps.bus.publish(space, { kind: 'marked', ...marked });
  } else if (ids.length <= MAX_PUSHED_ITEMS) {
    await publishItems(deps, { space, stores }, await stores.feeds.byIds(ids));
  } else {
    await deps.bus.publish(space, { kind: 'reset', user, position });
  }
}
