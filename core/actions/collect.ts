import type { StoredAction } from '../model.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { ActionPlace, ActionStore } from '../ports/stores.ts';
import type { Selection } from './selection.ts';

/** Actions looked through for one answer; a page that is not full by then has a cursor to go on from. */
export const MOST_SCANNED = 10_000;
const SCAN = 500;
/** Actions of which the application's filter is asked at a time. */
const ASKED = 20;

export interface Collecting {
  selection: Selection;
  after: ActionPlace | null;
  limit: number;
  /** For whom the application's filter is asked; `null`: it is not. */
  viewer: string | null;
  handlers: Handlers;
}

export interface Collected {
  actions: StoredAction[];
  /** What the next page begins behind; `null`: there is none. */
  next: ActionPlace | null;
}

export async function collect(store: ActionStore, collecting: Collecting): Promise<Collected> {
  const { selection, limit, viewer, handlers } = collecting;
  const isExact = selection.tests.length === 0 && viewer === null;
  const actions: StoredAction[] = [];
  let after = collecting.after;
  for (let scanned = 0; scanned < MOST_SCANNED; ) {
    // One more than the page tells whether there is a next one; where actions are left out, more to begin with.
    const size = isExact || scanned === 0 ? limit + 1 - actions.length : SCAN;
    const found = await store.find({ ...selection.conditions, after, limit: size });
    const wanted = found.filter((action) => selection.tests.every((test) => test(action)));
    for (let start = 0; start < wanted.length; start += ASKED) {
      for (const action of await visible(wanted.slice(start, start + ASKED), viewer, handlers)) {
        if (actions.length === limit) return { actions, next: placeOf(actions.at(-1)) };
        actions.push(action);
      }
    }
    if (found.length < size) return { actions, next: null };
    after = placeOf(found.at(-1));
    scanned += found.length;
  }
  return { actions, next: after };
}

/** Those of the actions that this user may see; all where nobody looks. */
export async function visible(
  actions: readonly StoredAction[],
  viewer: string | null,
  handlers: Handlers,
): Promise<readonly StoredAction[]> {
  if (viewer === null) return actions;
  const may = await Promise.all(
    actions.map(async (action) => (await handlers.visibleTo(action, [viewer]))?.has(viewer)),
  );
  return actions.filter((_, index) => may[index]);
}

const placeOf = (action: StoredAction | undefined): ActionPlace | null =>
  action ? { time: action.timestamp, id: action.id } : null;
