/** Renders actions for pages that the application builds (rule 9), and marks the items as read. */
import type { Json, RenderedAction } from '../../../protocol/entities.ts';
import type { ParsedRender } from '../../../protocol/schemas/render.ts';
import { checkSelf, isService, type Principal } from '../../access/principal.ts';
import { userIdOf } from '../../access/users.ts';
import { readActions } from '../../actions/read.ts';
import type { StoredAction, StoredItem } from '../../model/entities.ts';
import { itemId } from '../../model/keys.ts';
import { formatPosition } from '../../model/positions.ts';
import { later } from '../../model/units.ts';
import type { CoreDeps, DisplayDeps, FeedDeps } from '../../ports/deps.ts';
import { presentText } from '../../rendering/present.ts';
import { timeText } from '../../rendering/times.ts';
import { markFeed } from '../write/mark.ts';

type RenderDeps = FeedDeps & DisplayDeps & Pick<CoreDeps, 'now'>;

/**
 * Renders actions in the order of the ids. The service scope may render for any user or for none; others
 * render for themselves. With `autoRead` or `force`, marks the items as read, unless they change meanwhile.
 * @throws HubError forbidden, not_found, each with the paths of the ids
 */
export async function renderActions(
  deps: RenderDeps,
  principal: Principal,
  input: ParsedRender,
): Promise<RenderedAction[]> {
  const requestedUser = input.user === undefined ? null : userIdOf(input.user, deps.settings, 'user');
  const user = requestedUser ?? (isService(principal) ? null : principal.sub);
  if (user !== null) checkSelf(principal, 'feed', user);
  const actions = await readActions(deps, principal, input.ids, (index) => `ids[${index}]`);
  const unread =
    user === null ? new Map<string, StoredItem>() : await unreadOf(deps, principal, user, actions);
  if (user !== null && (deps.settings.autoRead || input.force)) {
    await markRead(deps, principal, user, [...unread.values()]);
  }
  const now = deps.now();
  return input.ids.flatMap((id, index) => {
    const action = actions[index];
    if (!action) return [];
    const isUnread = unread.has(action.id);
    const readState: Record<string, Json> = user === null ? {} : { unread: isUnread };
    const view = {
      handlers: deps.handlers,
      locale: input.locale,
      user: user ?? undefined,
      context: { ...readState, ...input.context },
    };
    const time = deps.settings.regroup === 'bump' ? action.updatedAt : action.timestamp;
    const { text, locale } = presentText(action, view);
    return { id, text, time: timeText(time, now, locale), unread: isUnread };
  });
}

/** Returns the user's unread items of these actions, by action id. */
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
  const position = formatPosition(items.map((item) => item.position).reduce(later));
  await markFeed(deps, principal, { user, mark: 'read', input: { ids, position }, origin: null });
}
