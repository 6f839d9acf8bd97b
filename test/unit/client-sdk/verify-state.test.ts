/**
 * A whole feed store, whatever is pushed, lost, late, out of order, marked, refused, reset, left and come back to: when
 * all has arrived it shows what a fresh load would show, and until then nothing that makes no sense.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/src/feed/store.ts';
import type { FeedItem } from '../../../protocol/entities.ts';
import { FakeHub, type Marking } from './fake-hub.ts';

const id = fc.integer({ min: 0, max: 7 }).map((number) => `i${number}`);
const at = fc.nat(9);
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 4 });
const marking = fc.constantFrom<Marking>('feed:read', 'feed:unread', 'feed:seen');
const verdict = fc.constantFrom('carryOut' as const, 'carryOut' as const, 'refuse' as const, 'fail' as const);
const any = fc.nat(30);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), id, at, read: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), ids }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('elsewhere' as const), marking, ids }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('mark' as const), marking, ids, verdict }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('markAll' as const), read: fc.boolean(), verdict }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('push' as const), any }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('execute' as const), any }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('answer' as const), any }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('stale' as const), lost: fc.array(any) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('break' as const), carriedOut: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('connect' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('reset' as const), changes: fc.array(fc.tuple(id, at)) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant('more' as const), limit: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('refresh' as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), comesBack: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('come' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

interface UserMark {
  ids: readonly string[] | null;
  marking: Marking;
}

class Run {
  readonly hub = new FakeHub();
  readonly feed: Feed;
  readonly #due: Array<() => void> = [];
  #leave: (() => void) | null = null;
  /** This page's marks since there was none under way: until then counts of the hub wait. */
  #marks: UserMark[] = [];
  #underWay = 0;
  /**
   * Whether all arrives in the order in which the hub sent it. It has to where positions of answers stay behind: else what
   * comes late cannot be told from news.
   */
  readonly #inOrder: boolean;
  #wasLoaded = false;

  constructor(changesSize: number, lag: number, inOrder: boolean) {
    this.#inOrder = inOrder;
    const { feed, line } = this.hub;
    feed.changesSize = changesSize;
    feed.lag = lag;
    for (let n = 0; n < 6; n += 1) this.hub.put(`i${n}`, n, n % 3 === 0);
    this.feed = new Feed(line, { schedule: (notify) => this.#due.push(notify) });
    this.come();
    this.#connect();
  }

  come(): void {
    if (this.#leave) return;
    // Whoever was not there for a push would not know that an item is newer than the answers say.
    this.hub.rest();
    this.#leave = this.feed.subscribe(() => undefined);
  }

  async take(each: Step): Promise<void> {
    const { line } = this.hub;
    switch (each.type) {
      case 'put':
        this.hub.put(each.id, each.at, each.read);
        break;
      case 'remove':
        this.hub.remove(each.ids);
        break;
      case 'elsewhere':
        this.hub.markElsewhere(each.marking, { ids: each.ids });
        break;
      case 'mark':
        this.#mark(each.marking, each.ids, each.verdict);
        break;
      case 'markAll':
        this.#mark(each.read ? 'feed:read' : 'feed:seen', null, each.verdict);
        break;
      case 'push':
        this.#push(each.any);
        break;
      case 'execute':
        if (!this.#inOrder) line.calls[each.any % Math.max(1, line.calls.length)]?.execute();
        break;
      case 'answer':
        this.#answer(each.any);
        break;
      case 'stale':
        this.#lose(each.lost);
        break;
      case 'break':
        if (each.carriedOut) for (const call of line.calls) call.execute();
        line.disconnect();
        break;
      case 'connect':
        this.#connect();
        break;
      case 'reset':
        this.hub.reset(each.changes);
        break;
      case 'more':
        this.feed.loadMore(each.limit).catch(() => undefined);
        break;
      case 'refresh':
        void this.feed.refresh();
        break;
      case 'leave':
        this.#leave?.();
        this.#leave = null;
        if (each.comesBack) this.come();
        else if (this.hub.feed.lag > 0) line.lose(() => true);
        break;
      case 'come':
        this.come();
    }
    await this.#settle();
    this.check();
  }

  /** All that is under way arrives, until nothing is. */
  async quiet(): Promise<void> {
    const { line } = this.hub;
    this.come();
    this.#connect();
    await this.#settle();
    while (line.calls.length > 0 || line.pushes.length > 0) {
      if (line.pushes.length > 0) this.#push(0);
      else this.#answer(0);
      await this.#settle();
      this.check();
    }
  }

  /** What must hold at every moment. */
  check(): void {
    const snapshot = this.feed.getSnapshot();
    const { items, counts, status } = snapshot;
    expect(this.feed.getSnapshot()).toBe(snapshot);
    expect(new Set(items.map((each) => each.id)).size).toBe(items.length);
    for (const [index, each] of items.entries()) {
      expect(each.seen || each.unread).toBe(true);
      const next = items[index + 1];
      if (next) expect(each.at > next.at || (each.at === next.at && each.id > next.id)).toBe(true);
    }
    this.#wasLoaded ||= status === 'ready';
    if (!this.#wasLoaded) return;
    const marks = this.#marks;
    for (const flag of ['unread', 'unseen'] as const) {
      const possible = this.hub.moments.map((moment) => bounds(moment, marks, flag, this.#inOrder));
      const isExplained = possible.some(([least, most]) => least <= counts[flag] && counts[flag] <= most);
      if (!isExplained) expect({ [flag]: counts[flag], marks }).toEqual(possible);
    }
  }

  #connect(): void {
    const { line } = this.hub;
    if (!line.socket.connected) this.hub.rest();
    line.connect();
  }

  #mark(name: Marking, named: string[] | null, verdict: 'carryOut' | 'refuse' | 'fail'): void {
    const mark = { ids: named, marking: name };
    this.#marks.push(mark);
    this.#underWay += 1;
    if (verdict !== 'carryOut') this.hub.verdicts.push(verdict);
    const { feed } = this;
    const marked =
      name === 'feed:read'
        ? named
          ? feed.markRead(named)
          : feed.markAllRead()
        : name === 'feed:unread'
          ? feed.markUnread(named ?? [])
          : feed.markSeen(named);
    const settled = (): void => {
      this.#underWay -= 1;
      if (this.#underWay === 0) this.#marks = [];
    };
    marked.then(settled, settled);
  }

  #push(any: number): void {
    const { pushes } = this.hub.line;
    const push = pushes[this.#inOrder ? 0 : any % Math.max(1, pushes.length)];
    if (push?.event === 'feed:reset') {
      // What was sent before a reset comes before it: after it, the page no longer knows what it is older than.
      for (const each of pushes.slice(0, pushes.indexOf(push))) each.arrive();
    }
    push?.arrive();
    if (push?.event === 'feed:reset') this.hub.heardOfReset();
  }

  #answer(any: number): void {
    const { calls, pushes } = this.hub.line;
    const call = calls[any % Math.max(1, calls.length)];
    call?.execute();
    if (this.#inOrder) for (const _ of pushes) this.#push(0);
    call?.answer();
    if (call?.event === 'feed:changes') this.hub.heardOfReset();
  }

  /** Pushes are lost, and the hub says so. With positions that stay behind, what comes later still cannot be told from news. */
  #lose(lost: readonly number[]): void {
    const { line, feed } = this.hub;
    line.lose((_, index) => feed.lag > 0 || lost.includes(index));
    line.push('feed:stale', {});
    line.pushes.at(-1)?.arrive();
  }

  async #settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const notify of this.#due.splice(0)) notify();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * The least and the most that could be shown of a moment, with any of the marks that are under way. Where counts may overtake
 * what was counted, a mark may change what they have in them already.
 */
function bounds(
  moment: readonly FeedItem[],
  marks: UserMark[],
  flag: 'unread' | 'unseen',
  inOrder: boolean,
): [number, number] {
  const has = (each: FeedItem) => (flag === 'unread' ? each.unread : !each.seen);
  const named = (direction: 'lower' | 'raise', id: string) =>
    marks.some(({ ids, marking }) => {
      if (ids !== null && !ids.includes(id)) return false;
      if (direction === 'raise') return flag === 'unread' && marking === 'feed:unread';
      return marking === 'feed:read' || (marking === 'feed:seen' && flag === 'unseen');
    });
  const changed = (direction: 'lower' | 'raise') =>
    moment.filter((each) => (!inOrder || has(each) === (direction === 'lower')) && named(direction, each.id))
      .length;
  const count = moment.filter(has).length;
  return [Math.max(0, count - changed('lower')), count + changed('raise')];
}

it('ends with what a fresh load shows, and shows nothing on the way that was never right', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.integer({ min: 1, max: 6 }),
      fc.constantFrom(0, 0, 1, 4),
      fc.boolean(),
      async (steps, changesSize, lag, inOrder) => {
        const run = new Run(changesSize, lag, inOrder || lag > 0);
        const { feed, hub } = run;
        try {
          for (const each of steps) await run.take(each);
          await run.quiet();
          while (feed.getSnapshot().hasMore) {
            feed.loadMore(3).catch(() => undefined);
            await run.quiet();
          }
          const { items, counts, status } = feed.getSnapshot();
          expect(items).toEqual(hub.feed.items());
          expect(counts).toEqual(hub.feed.counts());
          expect(status).toBe('ready');
        } finally {
          feed.close();
        }
      },
    ),
    { numRuns: 2_000 },
  );
});
