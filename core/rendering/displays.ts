/** Replaces the display fields of refs by those that the application registered (decision 57). Tombstones stay tombstones. */
import type { ClassRef, Event, Ref, Tracker } from '../../protocol/entities.ts';
import type { Principal } from '../access/principal.ts';
import { type ActionRefs, objectKeys } from '../model/deleted-refs.ts';
import type { Display, StoredRef } from '../model/entities.ts';
import { keyOf } from '../model/keys.ts';
import type { DisplayDeps } from '../ports/deps.ts';

export type DisplaysByKey = ReadonlyMap<string, Display>;

/** Finds the registered displays of the objects with these keys. */
export type FindDisplays = (keysOf: () => readonly string[]) => Promise<DisplaysByKey>;

/** For the response to a call. */
export const displaysFor =
  ({ displays }: DisplayDeps, { space, call }: Pick<Principal, 'space' | 'call'>): FindDisplays =>
  (keysOf) =>
    displays.find(space, keysOf, call?.signal);

export function withDisplay(ref: Ref, displays: DisplaysByKey): Ref;
export function withDisplay(ref: StoredRef, displays: DisplaysByKey): StoredRef;
export function withDisplay(ref: StoredRef, displays: DisplaysByKey): StoredRef {
  const display = displays.get(keyOf(ref));
  if (!display) return ref;
  const { name: _, url: __, image: ___, ...bareRef } = ref;
  return { ...bareRef, ...display };
}

export function withDisplays<T extends ActionRefs>(action: T, displays: DisplaysByKey): T {
  // The same object, because sizes are cached by object.
  if (displays.size === 0 || !objectKeys(action).some((key) => displays.has(key))) return action;
  return {
    ...action,
    actor: action.actor && withDisplay(action.actor, displays),
    targets: action.targets.map((ref) => withDisplay(ref, displays)),
    related: action.related.map((ref) => withDisplay(ref, displays)),
  };
}

/** Returns the actions as they are displayed, in the same order. */
export async function displayActions<T extends ActionRefs>(
  find: FindDisplays,
  actions: readonly T[],
): Promise<readonly T[]> {
  const displays = await find(() => keysOfActions(actions));
  return displays.size === 0 ? actions : actions.map((action) => withDisplays(action, displays));
}

export const keysOfActions = (actions: readonly ActionRefs[]): string[] => [
  ...new Set(actions.flatMap(objectKeys)),
];

/** The same for other parts of responses. */
export async function displayRefs<T extends Ref | ClassRef>(
  find: FindDisplays,
  refs: readonly T[],
): Promise<Array<T | Ref>> {
  const displays = await find(() => keysOf(refs));
  return refs.map((ref) => ('id' in ref ? withDisplay(ref, displays) : ref));
}

export async function displayTrackers(find: FindDisplays, trackers: readonly Tracker[]): Promise<Tracker[]> {
  const displays = await find(() => keysOf(trackers.flatMap(({ user, tracked }) => [user, tracked])));
  return trackers.map((tracker) => {
    const { user, tracked } = tracker;
    return {
      ...tracker,
      user: withDisplay(user, displays),
      tracked: 'id' in tracked ? withDisplay(tracked, displays) : tracked,
    };
  });
}

export async function displayEvents(find: FindDisplays, events: readonly Event[]): Promise<Event[]> {
  const displays = await find(() =>
    keysOf(events.flatMap(({ user, related }) => [user ?? [], related ?? []].flat())),
  );
  return events.map((event) => ({
    ...event,
    user: event.user && withDisplay(event.user, displays),
    related: event.related && withDisplay(event.related, displays),
  }));
}

const keysOf = (refs: ReadonlyArray<Ref | ClassRef>): string[] => [
  ...new Set(refs.flatMap((ref) => ('id' in ref ? keyOf(ref) : []))),
];
