/** Texts and times of actions for a page that the application makes itself (rule 9); shown is read. */
import type { Json, RenderedAction } from '../protocol/entities.ts';
import type { ParsedRender } from '../protocol/schemas/render.ts';
import { checkSelf, isService, type Principal } from './access.ts';
import { readActions } from './actions/read.ts';
import type { FeedDeps } from './feed/deps.ts';
import { markFeed } from './feed/mark.ts';
import { itemId } from './keys.ts';
import type { StoredAction, StoredItem } from './model.ts';
import type { Now } from './ports/bus.ts';
import { formatPosition } from './positions.ts';
import { presentText } from './present.ts';
import { timeText } from './rendering.ts';
import { userIdOf } from './users.ts';

export interface RenderDeps extends FeedDeps {
  now: Now;
}

/**
 * Renders actions in the order of the ids, for a user: oneself, with the service scope any, or nobody. Marks the user's
 * items of them read, where `autoRead` is on or `force` is given; those that change meanwhile stay as they are.
 * @throws HubError forbidden, not_found, each with the paths of the ids
 */
export async function renderActions(
  deps: RenderDeps,
  principal: Principal,
  input: ParsedRender,
): Promise<RenderedAction[]> {
  const named = input.user === undefined ? null : userIdOf(input.user, deps.settings, 'user');
  const user = named ?? (isService(principal) ? null : principal.sub);
  if (user !== null) checkSelf(principal, 'feed', user);
  const actions = await readActions(deps, principal, input.ids, (index) => `ids[${index}]`);
  const unread =
    user === null ? new Map<string, StoredItem>() : await unreadOf(deps, principal, user, actions);
  if (user !== null && (deps.settings.autoRead || input.force)) {
    await markRead(deps, principal, user, [...unread.values()]);
  }
  const now = deps.now();
  const { locale, context } = input;
  return input.ids.flatMap((id, index) => {
    const action = actions[index];
    if (!action) return [];
    const isUnread = unread.has(action.id);
    const known: Record<string, Json> = user === null ? {} : { unread: isUnread };
    const view = {
      handlers: deps.handlers,
      locale,
      user: user ?? undefined,
      context: { ...known, ...context },
    };
    const time = deps.settings.regroup === 'bump' ? action.updatedAt : action.timestamp;
    return { id, text: presentText(action, view), time: timeText(time, now, locale), unread: isUnread };
  });
}

/** The user's unread items of these, by action. */
async function unreadOf(
  deps: RenderDeps,
  { space, call }: Principal,
  user: string,
  actions: readonly StoredAction[],
): Promise<Map<string, StoredItem>> {
  const ids = new Set(actions.map((action) => itemId(action.id, user)));
  const items = await deps.spaces.reader(space, call?.signal).feeds.byIds([...ids]);
  return new Map(items.filter((item) => item.unread).map((item) => [item.action, item]));
}

async function markRead(
  deps: RenderDeps,
  principal: Principal,
  user: string,
  items: readonly StoredItem[],
): Promise<void> {
  if (items.length === 0) return;
  const ids = items.map((item) => item.id);
  const position = formatPosition(Math.max(...items.map((item) => item.pos)));
  await markFeed(deps, principal, { user, mark: 'read', input: { ids, position }, origin: null });
}
