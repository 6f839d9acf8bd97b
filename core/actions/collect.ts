/** A page of actions. The store finds what it can by an index; what it cannot find in time is looked for in order. */
import { TooSlow } from '../errors.ts';
import type { StoredAction } from '../model.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { ActionPlace, ActionStore } from '../ports/stores.ts';
import { sizesOf } from '../size.ts';
import { Budget, FIRST_SPAN_MS, QUICK_MS, scanBounds, stretches } from '../stretches.ts';
import { listOf, satisfies } from './conditions.ts';
import type { Conditions } from './selection.ts';

const SCAN = 500;
/** Actions of which the application's filter is asked at a time. */
const ASKED = 20;
/** Characters of the actions of one page. */
const MOST_HELD = 8_388_608;

export interface Collecting {
  conditions: Conditions;
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

/** A page that is not full when the budget is spent has a cursor to go on from. */
export async function collect(store: ActionStore, collecting: Collecting): Promise<Collected> {
  const page = new Page(collecting);
  const budget = new Budget(scanBounds);
  try {
    return await found(store, collecting, page, budget);
  } catch (error) {
    if (!(error instanceof TooSlow)) throw error;
    return scanned(store, collecting, page, budget);
  }
}

/** What the store finds. */
async function found(
  store: ActionStore,
  { conditions, limit, viewer }: Collecting,
  page: Page,
  budget: Budget,
): Promise<Collected> {
  for (let isFirst = true; ; isFirst = false) {
    // One more than the page tells whether there is a next one; where actions are left out, more to begin with.
    const size = isFirst || viewer === null ? page.missing + 1 : SCAN;
    const actions = await store.find({ ...conditions, after: page.after, limit: size, mostMs: QUICK_MS });
    if (await page.add(actions)) return page.full();
    if (actions.length < size) return { actions: page.actions, next: null };
    page.after = placeOf(actions.at(-1)) ?? page.after;
    if (!budget.spend(Math.max(actions.length, limit))) return { actions: page.actions, next: page.after };
  }
}

/** What the store finds by one key alone, looked at one by one. */
async function scanned(
  store: ActionStore,
  { conditions }: Collecting,
  page: Page,
  budget: Budget,
): Promise<Collected> {
  const { since, until, ...tests } = conditions;
  const { key, actor, target, related } = tests;
  const [indexed] = [...listOf(key), ...listOf(actor), ...listOf(target), ...listOf(related)];
  const all = stretches<StoredAction>({
    read: (range) => store.find({ key: indexed, until, ...range }),
    placeOf: ({ timestamp, id }) => ({ time: timestamp, id }),
    start: page.after,
    since,
    size: SCAN,
    span: FIRST_SPAN_MS,
  });
  for await (const { entries, upTo } of all) {
    if (await page.add(entries.filter((action) => satisfies(action, tests)))) return page.full();
    page.after = upTo;
    if (!budget.spend(entries.length)) return { actions: page.actions, next: upTo };
  }
  return { actions: page.actions, next: null };
}

class Page {
  readonly actions: StoredAction[] = [];
  after: ActionPlace | null;
  readonly #collecting: Collecting;
  #held = 0;

  constructor(collecting: Collecting) {
    this.#collecting = collecting;
    this.after = collecting.after;
  }

  get missing(): number {
    return this.#collecting.limit - this.actions.length;
  }

  /** Adds those that the viewer may see, as many as fit; whether there were more. */
  async add(some: readonly StoredAction[]): Promise<boolean> {
    const { viewer, handlers } = this.#collecting;
    for (let start = 0; start < some.length; start += ASKED) {
      for (const action of await visible(some.slice(start, start + ASKED), viewer, handlers)) {
        if (this.missing === 0 || this.#held >= MOST_HELD) return true;
        this.actions.push(action);
        this.#held += sizesOf(action).all;
      }
    }
    return false;
  }

  full(): Collected {
    return { actions: this.actions, next: placeOf(this.actions.at(-1)) };
  }
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
