/**
 * Presses a button of an item. The first press wins, on however many gateways:
 *
 *     claim ──▶ ask the handler ──▶ store and push ──▶ answer
 *       │              └── refused: release the claim
 *       └── another press holds it: wait until that ends
 *
 * A claim expires, so that the end of a process does not block the item. Until then no other handler runs for it.
 */
import { setTimeout } from 'node:timers/promises';
import type { Button, PressAnswer } from '../../../protocol/entities.ts';
import { limits } from '../../../protocol/limits.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import { withFeedWrite } from '../../consistency/feed-write.ts';
import { HubError } from '../../errors.ts';
import type { StoredAction, StoredItem } from '../../model/entities.ts';
import { userOfItem } from '../../model/keys.ts';
import { formatPosition } from '../../model/positions.ts';
import { asMillis, asPosition, type Position, toMicros } from '../../model/units.ts';
import type { CoreDeps, FeedDeps } from '../../ports/deps.ts';
import type { SpaceContext } from '../../ports/stores.ts';
import { presentItem, presentPress } from '../../rendering/present.ts';
import { publishItems } from './publish-items.ts';

export type PressDeps = FeedDeps & Pick<CoreDeps, 'now'>;

export interface PressCall {
  user: string;
  /** The ids of the item and of the button. */
  item: string;
  button: string;
  locale: string | undefined;
}

/** Longer than the handler may take, and the write after it. */
const CLAIM_MS = asMillis(2 * limits.press);
/** How often a waiting press looks whether the other one ended. */
const POLL_MS = 50;
/** How long it waits: for a claim to expire. */
const MAX_WAIT_MS = CLAIM_MS + limits.press;

/**
 * @throws HubError forbidden; not_found; unprocessable if it is a link or there is no such button; already_pressed;
 * press_refused; unavailable
 */
export async function pressButton(
  deps: PressDeps,
  principal: Principal,
  call: PressCall,
): Promise<PressAnswer> {
  checkSelf(principal, 'feed', call.user);
  const { space } = principal;
  const context = { space, stores: await deps.spaces.writer(space) };
  const token = deps.newId();
  for (let waited = 0; ; waited += POLL_MS) {
    principal.call?.signal.throwIfAborted();
    if (isCurrent(await findPressable(context, call)) && (await claim(deps, context, call.item, token))) {
      const answer = await withRelease(context, call.item, token, () => press(deps, context, call));
      if (answer) return answer;
    }
    if (waited >= MAX_WAIT_MS) throw new HubError('unavailable', 'the item is changing; try again');
    await setTimeout(POLL_MS);
  }
}

async function claim(deps: PressDeps, { space, stores }: SpaceContext, id: string, token: string) {
  const now = await deps.clock.now(space);
  const until = asPosition(now + toMicros(CLAIM_MS));
  return await stores.feeds.claimPress({ id, token, now, until });
}

async function withRelease<T>(
  { stores }: SpaceContext,
  id: string,
  token: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } finally {
    // A claim that is not released expires.
    await stores.feeds.releasePress(id, token).catch(() => undefined);
  }
}

/** Reads the item again, because it may have changed before it was claimed. Returns null if it is about to change. */
async function press(deps: PressDeps, context: SpaceContext, call: PressCall): Promise<PressAnswer | null> {
  const found = await findPressable(context, call);
  if (!isCurrent(found)) return null;
  const outcome = await deps.handlers.press(found.action, call.user, call.button);
  if (outcome.kind === 'refused') throw new HubError('press_refused', outcome.message || undefined);
  if (outcome.kind === 'unavailable') {
    throw new HubError('unavailable', 'the application did not answer to the press; try again');
  }
  return await store(deps, { ...context, ...found, call });
}

interface FoundItem {
  item: StoredItem;
  action: StoredAction;
}

/** The item of a merged action is about to be bumped. Its buttons are new already. */
const isCurrent = ({ item, action }: FoundItem): boolean => item.version === action.version;

/** Finds the item, and a button of it that can be pressed. */
async function findPressable(
  { stores }: SpaceContext,
  { user, item: id, button }: PressCall,
): Promise<FoundItem> {
  const [item] = userOfItem(id) === user ? await stores.feeds.byIds([id]) : [];
  const action = item && (await stores.actions.byIds([item.action])).get(item.action);
  if (!item || !action) throw new HubError('not_found', 'there is no such item in the feed');
  checkButton(action.buttons ?? [], button);
  if (item.pressed) throw alreadyPressed(item);
  return { item, action };
}

function checkButton(buttons: readonly Button[], id: string): void {
  const button = buttons.find((each) => each.id === id);
  if (button && button.url === undefined) return;
  const message = button ? 'is a link, which cannot be pressed' : 'is not a button of the item';
  throw new HubError('unprocessable', `button: ${message}`, [{ path: 'button', message }]);
}

function alreadyPressed({ pressed }: StoredItem): HubError {
  const first = pressed && presentPress(pressed);
  return new HubError('already_pressed', undefined, undefined, undefined, first);
}

interface Press extends SpaceContext, FoundItem {
  call: PressCall;
}

/** Stores the press, unless the item changed while the handler ran. Retries if only its position did. */
async function store(deps: PressDeps, pressed: Press): Promise<PressAnswer> {
  const { space, stores, call, item } = pressed;
  const { feeds } = stores;
  const { id, version } = item;
  const write = { id, version, button: call.button, at: deps.now() };
  for (;;) {
    const { written, position } = await withFeedWrite(deps, space, [call.user], {
      async write(from) {
        const isStored = await feeds.press(write, from);
        if (isStored) await publish(deps, pressed, from);
        return isStored;
      },
      async advance(from, to, isStored) {
        if (!isStored) return;
        await feeds.advancePosition([id], from, to);
        await publish(deps, pressed, to);
      },
    });
    const [current] = await feeds.byIds([id]);
    if (!current) throw new HubError('not_found', 'the item left the feed');
    const isOwn = current.pressed?.button === write.button && current.pressed.at === write.at;
    if (!written && current.pressed && !isOwn) throw alreadyPressed(current);
    // The press was of an earlier state. A merge brought the item back, with new buttons.
    const isOutdated = current.version !== version;
    if (written || isOwn || isOutdated) return await answer(deps, pressed, current, position);
  }
}

async function answer(
  { handlers }: PressDeps,
  { stores, call, action }: Press,
  item: StoredItem,
  position: Position,
): Promise<PressAnswer> {
  const actions = await stores.actions.byIds([action.id]);
  const shownAction = actions.get(action.id) ?? action;
  return {
    item: presentItem({ ...item, shownAction }, { handlers, locale: call.locale }),
    counts: await stores.feeds.counts(call.user),
    position: formatPosition(position),
  };
}

/** Publishes the item if it still has this position. Otherwise a later change publishes it. */
async function publish(deps: PressDeps, { item, ...context }: Press, position: Position): Promise<void> {
  const found = await context.stores.feeds.byIds([item.id]);
  // The action is read again: a tombstone may have been written meanwhile.
  await publishItems(
    deps,
    context,
    found.filter((each) => each.position === position),
  );
}
