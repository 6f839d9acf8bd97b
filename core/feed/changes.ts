/** What changed in a feed since a position (decision 7). */
import type { FeedChanges } from '../../protocol/entities.ts';
import { limits } from '../../protocol/limits.ts';
import { checkSelf, type Principal } from '../access.ts';
import { breathe } from '../event-loop.ts';
import type { StoredItem } from '../model.ts';
import { isRemoved } from '../ports/feeds.ts';
import { formatComplete, formatContinuing, lookBack, parsePosition, REMOVED_TOLD_MS } from '../positions.ts';
import { presentItem } from '../present.ts';
import type { FeedDeps } from './deps.ts';
import { withActions } from './shown.ts';

/** With more changes than this a client is better off to reload. */
const MOST_CHANGES = 5_000;

/** @throws HubError forbidden, invalid_input */
export async function feedChanges(
  deps: FeedDeps,
  principal: Principal,
  user: string,
  query: { position: string; locale?: string },
): Promise<FeedChanges> {
  checkSelf(principal, 'feed', user);
  const asked = parsePosition(query.position);
  const from = lookBack(asked);
  const stores = deps.spaces.reader(principal.space, principal.call?.signal);
  // Before all else is read: what changes from now on is told from this position on.
  const horizon = await deps.clock.horizon(principal.space, user);
  const [found, counts, floor] = await Promise.all([
    stores.feeds.changes(user, from, limits.changes + 1),
    stores.feeds.counts(user),
    stores.feeds.floor(user),
  ]);
  // Of the first of several answers: what was in flight then may have come in before where the next went on from.
  const upTo = asked.upTo ?? horizon;
  const more = found.length > limits.changes;
  // A reset is a change like any other, so whoever was answered after it reloaded, or had no need to. Of a push only what is
  // looked back to is certain: it may have overtaken the reset. What goes on was found good when it began.
  const known = asked.isComplete ? asked.pos : from.pos;
  const isGone =
    asked.pos < deps.clock.epoch ||
    (asked.upTo ?? known) < floor ||
    Math.min(from.pos, upTo) < horizon - REMOVED_TOLD_MS * 1_000;
  const isFirst = more && asked.after === null;
  if (isGone || (isFirst && (await stores.feeds.countChanges(user, from, MOST_CHANGES + 1)) > MOST_CHANGES)) {
    return { items: [], removed: [], counts, position: formatComplete(horizon), more: false, reset: true };
  }
  const listed: StoredItem[] = found.slice(0, limits.changes).filter((item) => !isRemoved(item));
  const { items: shown, read } = await withActions(stores, listed);
  // Where what is there is too large for one answer, it ends with the last that was read.
  const isCut = read < listed.length;
  const page = isCut ? upToItem(found, listed[read - 1]?.id) : found.slice(0, limits.changes);
  const last = page.at(-1);
  const goesOn = more || isCut;
  const ids = new Set(shown.map((item) => item.id));
  await breathe();
  return {
    items: shown.map((item) => presentItem(item, { handlers: deps.handlers, locale: query.locale })),
    removed: page.filter((item) => !ids.has(item.id)).map((item) => item.id),
    counts,
    position: goesOn && last ? formatContinuing(last.pos, upTo, last.id) : formatComplete(upTo),
    more: goesOn,
    reset: false,
  };
}

const upToItem = <T extends { id: string }>(found: readonly T[], id: string | undefined): T[] =>
  found.slice(0, found.findIndex((item) => item.id === id) + 1);
