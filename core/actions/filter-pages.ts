/** Reads a page of actions by a store query. If that times out, scans the list and filters in memory. */
import { ReadTimeoutError } from '../errors.ts';
import type { StoredAction } from '../model/entities.ts';
import { sizesOf } from '../model/size.ts';
import { cursorOf, type TimeCursor } from '../paging/cursor.ts';
import {
  DIRECT_QUERY_TIMEOUT_MS,
  INITIAL_SPAN_MS,
  ScanBudget,
  scanByTimeRange,
} from '../paging/time-ranges.ts';
import type { ActionStore } from '../ports/actions.ts';
import type { Handlers } from '../ports/handlers.ts';
import { displayActions, type FindDisplays } from '../rendering/displays.ts';
import { matchesConditions, toList } from './conditions.ts';
import type { Conditions } from './selection.ts';

const SCAN_BATCH_SIZE = 500;
/** Actions checked with `visible` at a time. */
const VISIBLE_BATCH_SIZE = 20;
/** Characters of all actions on a page, approximately. */
const MAX_PAGE_CHARS = 8_388_608;

export interface ActionPageQuery {
  conditions: Conditions;
  after: TimeCursor | null;
  limit: number;
  /** The user for whom `visible` filters; `null` disables the filter. */
  viewer: string | null;
  handlers: Handlers;
  findDisplays: FindDisplays;
}

export interface ActionPage {
  actions: StoredAction[];
  /** The next page starts after this cursor; `null` on the last page. */
  next: TimeCursor | null;
}

/** When the scan budget is spent, the page may be short, but has a cursor for the next one. */
export async function collectPage(store: ActionStore, query: ActionPageQuery): Promise<ActionPage> {
  const page = new PageBuilder(query);
  const budget = new ScanBudget();
  try {
    return await collectFromStore(store, query, page, budget);
  } catch (error) {
    if (!(error instanceof ReadTimeoutError)) throw error;
    return collectByScanning(store, query, page, budget);
  }
}

async function collectFromStore(
  store: ActionStore,
  { conditions, limit, viewer }: ActionPageQuery,
  page: PageBuilder,
  budget: ScanBudget,
): Promise<ActionPage> {
  for (let isFirst = true; ; isFirst = false) {
    // One extra action shows whether there is a next page. After `visible` removed some, read larger batches.
    const size = isFirst || viewer === null ? page.remaining + 1 : SCAN_BATCH_SIZE;
    const actions = await store.find({
      ...conditions,
      after: page.after,
      limit: size,
      maxTimeMs: DIRECT_QUERY_TIMEOUT_MS,
    });
    if (await page.add(actions)) return page.finish();
    if (actions.length < size) return { actions: page.actions, next: null };
    const last = actions.at(-1);
    if (last) page.after = cursorOf(last);
    if (!budget.spend(Math.max(actions.length, limit))) return { actions: page.actions, next: page.after };
  }
}

/** Queries the store by a single key and evaluates the other conditions in memory. */
async function collectByScanning(
  store: ActionStore,
  { conditions }: ActionPageQuery,
  page: PageBuilder,
  budget: ScanBudget,
): Promise<ActionPage> {
  const { since, until, ...tests } = conditions;
  const { key, actor, target, related } = tests;
  const [indexedKey] = [...toList(key), ...toList(actor), ...toList(target), ...toList(related)];
  const ranges = scanByTimeRange<StoredAction>({
    read: (range) => store.find({ key: indexedKey, until, ...range }),
    cursorOf,
    start: page.after,
    since,
    pageSize: SCAN_BATCH_SIZE,
    initialSpanMs: INITIAL_SPAN_MS,
  });
  for await (const { entries, upTo } of ranges) {
    if (await page.add(entries.filter((action) => matchesConditions(action, tests)))) return page.finish();
    page.after = upTo;
    if (!budget.spend(entries.length)) return { actions: page.actions, next: upTo };
  }
  return { actions: page.actions, next: null };
}

class PageBuilder {
  readonly actions: StoredAction[] = [];
  after: TimeCursor | null;
  readonly #query: ActionPageQuery;
  #chars = 0;

  constructor(query: ActionPageQuery) {
    this.#query = query;
    this.after = query.after;
  }

  get remaining(): number {
    return this.#query.limit - this.actions.length;
  }

  /** Adds the actions that the viewer may see. Returns true if the page is full and more remain. */
  async add(batch: readonly StoredAction[]): Promise<boolean> {
    const { viewer, handlers, findDisplays } = this.#query;
    for (let start = 0; start < batch.length; start += VISIBLE_BATCH_SIZE) {
      const chunk = batch.slice(start, start + VISIBLE_BATCH_SIZE);
      const visible = await filterVisible(chunk, viewer, handlers);
      for (const action of await displayActions(findDisplays, visible)) {
        if (this.remaining === 0 || this.#chars >= MAX_PAGE_CHARS) return true;
        this.actions.push(action);
        this.#chars += sizesOf(action).total;
      }
    }
    return false;
  }

  finish(): ActionPage {
    const last = this.actions.at(-1);
    return { actions: this.actions, next: last ? cursorOf(last) : null };
  }
}

/** Returns the actions that the viewer may see; all if `viewer` is null. */
export async function filterVisible(
  actions: readonly StoredAction[],
  viewer: string | null,
  handlers: Handlers,
): Promise<readonly StoredAction[]> {
  if (viewer === null) return actions;
  const isVisible = await Promise.all(
    actions.map(async (action) => (await handlers.visibleTo(action, [viewer]))?.has(viewer)),
  );
  return actions.filter((_, index) => isVisible[index]);
}
