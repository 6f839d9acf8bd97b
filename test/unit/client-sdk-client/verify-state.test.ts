/**
 * A whole feed store under random pushes, losses, delays, reorderings, marks, refusals, resets and reconnects. When
 * everything has arrived, it shows the state of a fresh load. Until then it shows only states that were correct.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Feed } from '../../../client-sdk/client/src/feed/store.ts';
import type { FeedItem } from '../../../protocol/entities.ts';
import { isInInbox } from './fake-feed.ts';
import { FakeHub, type Marking, SNOOZE_END } from './fake-hub.ts';

const id = fc.integer({ min: 0, max: 7 }).map((number) => `i${number}`);
const at = fc.nat(9);
const ids = fc.uniqueArray(id, { minLength: 1, maxLength: 4 });
const marking = fc.constantFrom<Marking>(
  'feed:read',
  'feed:unread',
  'feed:seen',
  'feed:archive',
  'feed:unarchive',
  'feed:snooze',
  'feed:unsnooze',
);
const verdict = fc.constantFrom('carryOut' as const, 'carryOut' as const, 'refuse' as const, 'fail' as const);
const any = fc.nat(30);

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('put' as const), id, at, read: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('remove' as const), ids }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('elsewhere' as const), marking, ids }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant('mark' as const), marking, ids, verdict }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('press' as const), id, verdict }) },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('markAll' as const),
      marking: fc.constantFrom('feed:read' as const, 'feed:seen' as const, 'feed:archive' as const),
      verdict,
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('endSnooze' as const), id, at }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('push' as const), any }) },
  { weight: 4, arbitrary: fc.record({ type: fc.constant('execute' as const), any }) },
  { weight: 6, arbitrary: fc.record({ type: fc.constant('respond' as const), any }) },
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
type Verdict = typeof verdict extends fc.Arbitrary<infer V> ? V : never;
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Counts overtake a reset, which then arrives while the feed has no listener. The next `feed:changes` must reload. */
const missedReset: Step[] = [
  { type: 'push', any: 0 },
  { type: 'respond', any: 0 },
  { type: 'reset', changes: [['i0', 0]] },
  { type: 'push', any: 3 },
  { type: 'leave', comesBack: false },
  { type: 'push', any: 0 },
];

interface UserMark {
  ids: readonly string[] | null;
  marking: Marking;
}

class Run {
  readonly hub = new FakeHub();
  readonly feed: Feed;
  readonly #pendingSteps: Array<() => void> = [];
  #unsubscribe: (() => void) | null = null;
  /** This page's marks since the last time without a mark in flight. Until then counts of the hub wait. */
  #marks: UserMark[] = [];
  #inFlightMarks = 0;
  /**
   * True if everything arrives in the order in which the hub sent it. Required if positions of responses lag, because
   * otherwise late pushes cannot be distinguished from new ones.
   */
  readonly #inOrder: boolean;
  #wasLoaded = false;

  constructor(changesSize: number, lag: number, inOrder: boolean) {
    this.#inOrder = inOrder;
    const { feed, transport } = this.hub;
    feed.changesSize = changesSize;
    feed.lag = lag;
    for (let n = 0; n < 6; n += 1) this.hub.put(`i${n}`, n, n % 3 === 0);
    this.feed = new Feed(transport, { schedule: (notify) => this.#pendingSteps.push(notify) });
    this.subscribe();
    this.#connect();
  }

  subscribe(): void {
    if (this.#unsubscribe) return;
    // A page that missed a push would not know that an item is newer than the responses.
    this.hub.goIdle();
    this.#unsubscribe = this.feed.subscribe(() => undefined);
  }

  async applyStep(each: Step): Promise<void> {
    const { transport } = this.hub;
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
      case 'press':
        this.#press(each.id, each.verdict);
        break;
      case 'markAll':
        this.#mark(each.marking, null, each.verdict);
        break;
      case 'endSnooze':
        this.hub.endSnooze(each.id, each.at);
        break;
      case 'push':
        this.#push(each.any);
        break;
      case 'execute':
        if (!this.#inOrder) transport.calls[each.any % Math.max(1, transport.calls.length)]?.execute();
        break;
      case 'respond':
        this.#respond(each.any);
        break;
      case 'stale':
        this.#disconnect(each.lost);
        break;
      case 'break':
        if (each.carriedOut) for (const call of transport.calls) call.execute();
        transport.disconnect();
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
        this.#unsubscribe?.();
        this.#unsubscribe = null;
        if (each.comesBack) this.subscribe();
        else if (this.hub.feed.lag > 0) transport.dropPushes(() => true);
        break;
      case 'come':
        this.subscribe();
    }
    await this.#finish();
    this.check();
  }

  /** Delivers everything in flight, until nothing is left. */
  async deliverAll(): Promise<void> {
    const { transport } = this.hub;
    this.subscribe();
    this.#connect();
    await this.#finish();
    while (transport.calls.length > 0 || transport.pushes.length > 0) {
      if (transport.pushes.length > 0) this.#push(0);
      else this.#respond(0);
      await this.#finish();
      this.check();
    }
  }

  /** Checks what must hold at every moment. */
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
      const possible = this.hub.snapshots.map((feedState) => bounds(feedState, marks, flag, this.#inOrder));
      const isExplained = possible.some(([min, max]) => min <= counts[flag] && counts[flag] <= max);
      if (!isExplained) expect({ [flag]: counts[flag], marks }).toEqual(possible);
    }
  }

  #connect(): void {
    const { transport } = this.hub;
    if (!transport.socket.connected) this.hub.goIdle();
    transport.connect();
  }

  #mark(name: Marking, named: string[] | null, verdict: Verdict): void {
    const { feed } = this;
    this.#begin({ ids: named, marking: name }, verdict);
    const ids = named ?? [];
    const calls: Record<Marking, () => Promise<unknown>> = {
      'feed:read': () => (named ? feed.markRead(named) : feed.markAllRead()),
      'feed:unread': () => feed.markUnread(ids),
      'feed:seen': () => feed.markSeen(named),
      'feed:archive': () => (named ? feed.archive(named) : feed.archiveAll()),
      'feed:unarchive': () => feed.unarchive(ids),
      'feed:snooze': () => feed.snooze(ids, SNOOZE_END),
      'feed:unsnooze': () => feed.unsnooze(ids),
    };
    this.#endWith(calls[name]());
  }

  /** A press changes counts like a mark. */
  #press(pressed: string, verdict: Verdict): void {
    this.#begin({ ids: [pressed], marking: 'feed:read' }, verdict);
    this.#endWith(this.feed.press(pressed, 'yes'));
  }

  #begin(mark: UserMark, verdict: Verdict): void {
    this.#marks.push(mark);
    this.#inFlightMarks += 1;
    if (verdict !== 'carryOut') this.hub.verdicts.push(verdict);
  }

  #endWith(marked: Promise<unknown>): void {
    const settled = (): void => {
      this.#inFlightMarks -= 1;
      if (this.#inFlightMarks === 0) this.#marks = [];
    };
    marked.then(settled, settled);
  }

  #push(any: number): void {
    const { pushes } = this.hub.transport;
    const push = pushes[this.#inOrder ? 0 : any % Math.max(1, pushes.length)];
    if (push?.event === 'feed:reset') {
      // A gateway pushes the messages of a space in the order of their publication, but a reset 250 ms late. So later
      // pushes may overtake it, but no earlier push arrives after it.
      for (const each of pushes.slice(0, pushes.indexOf(push))) each.arrive();
    }
    push?.arrive();
  }

  #respond(any: number): void {
    const { calls, pushes } = this.hub.transport;
    const call = calls[any % Math.max(1, calls.length)];
    call?.execute();
    if (this.#inOrder) for (const _ of pushes) this.#push(0);
    call?.respond();
  }

  /** Loses pushes, and the hub reports it. If positions lag, later pushes are lost too, because the page could not order them. */
  #disconnect(lost: readonly number[]): void {
    const { transport, feed } = this.hub;
    transport.dropPushes((_, index) => feed.lag > 0 || lost.includes(index));
    transport.push('feed:stale', {});
    transport.pushes.at(-1)?.arrive();
  }

  async #finish(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    for (const notify of this.#pendingSteps.splice(0)) notify();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/**
 * The minimum and maximum counts that may be shown for a state, with any of the marks in flight. If counts may overtake
 * the items they count, a mark may change items that the counts include already.
 */
function bounds(
  moment: readonly FeedItem[],
  marks: UserMark[],
  flag: 'unread' | 'unseen',
  inOrder: boolean,
): [number, number] {
  const has = (each: FeedItem) => isInInbox(each) && (flag === 'unread' ? each.unread : !each.seen);
  const changes = (direction: 'lower' | 'raise', id: string) =>
    marks.some(({ ids, marking }) => {
      if (ids !== null && !ids.includes(id)) return false;
      if (direction === 'raise') {
        return /un(archive|snooze)$/.test(marking) || (flag === 'unread' && marking === 'feed:unread');
      }
      return /:(read|archive|snooze)$/.test(marking) || (marking === 'feed:seen' && flag === 'unseen');
    });
  const changed = (direction: 'lower' | 'raise') =>
    moment.filter(
      (each) => (!inOrder || has(each) === (direction === 'lower')) && changes(direction, each.id),
    ).length;
  const count = moment.filter(has).length;
  return [Math.max(0, count - changed('lower')), count + changed('raise')];
}

it('a feed ends with the state of a fresh load, and shows no state that was never correct', async () => {
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
          for (const each of steps) await run.applyStep(each);
          await run.deliverAll();
          while (feed.getSnapshot().hasMore) {
            feed.loadMore(3).catch(() => undefined);
            await run.deliverAll();
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
    { numRuns: 2_000, examples: [[missedReset, 1, 0, false]] },
  );
});
