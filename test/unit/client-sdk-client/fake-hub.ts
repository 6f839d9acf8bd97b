/** The hub's side of a `FakeTransport`: one user's feed, its pushes, and all states it ever had. */
import { expect } from 'vitest';
import { HubError } from '../../../client-sdk/common/hub-error.ts';
import type { FeedItem, MarkAnswer, MarkInput, PressAnswer, PressInput } from '../../../protocol/entities.ts';
import { item } from './factory.ts';
import { FakeFeed, type Flags } from './fake-feed.ts';
import { FakeTransport, type Responses } from './fake-transport.ts';

export type Moving = 'feed:archive' | 'feed:unarchive' | 'feed:snooze' | 'feed:unsnooze';
export type Marking = 'feed:read' | 'feed:unread' | 'feed:seen' | Moving;

/** The time until which items are snoozed. */
export const SNOOZE_END = '2027-01-01T00:00:00.000Z';

/** The flags that each mark sets, and the flags of the items that it changed. */
const flags: Record<Marking, Flags> = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true },
  'feed:seen': { seen: true },
  'feed:archive': { unread: false, seen: true, archived: true, snoozedUntil: null },
  'feed:unarchive': { archived: false },
  'feed:snooze': { archived: false, snoozedUntil: SNOOZE_END },
  'feed:unsnooze': { snoozedUntil: null },
};
const markedFlags: Partial<Record<Marking, Flags>> = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true, seen: true },
  'feed:seen': { unread: true, seen: true },
} as const;

const isMoving = (marking: Marking): boolean => markedFlags[marking] === undefined;

const refused = new HubError('forbidden', 'no', false);
const failed = new HubError('internal', 'carried out, but the response is lost', true);

export class FakeHub {
  readonly feed = new FakeFeed();
  readonly transport: FakeTransport;
  /** All states of the feed so far, with the items in every state. */
  readonly snapshots: FeedItem[][] = [];
  /** Outcomes of the next marks, in order. Later marks succeed. */
  verdicts: Array<'refuse' | 'fail'> = [];

  constructor() {
    this.transport = new FakeTransport(this.#responses());
    this.#recordSnapshot();
  }

  put(id: string, at: number, isRead: boolean): void {
    const put = item(id, at, isRead ? { unread: false, seen: true } : {});
    const position = this.feed.put(put);
    this.#recordSnapshot();
    this.transport.push('feed:item', { item: put, position }, [id]);
    this.#pushCounts();
  }

  /** A snoozed item returns. */
  endSnooze(id: string, at: number): void {
    const found = this.feed.all().find((each) => each.id === id);
    if (found?.snoozedUntil) this.put(id, at, false);
  }

  remove(ids: string[]): void {
    const position = this.feed.remove(ids);
    this.#recordSnapshot();
    this.transport.push('feed:removed', { ids, position }, ids);
    this.#pushCounts();
  }

  /** Another connection of the same user marks items. */
  markElsewhere(marking: Marking, input: MarkInput): void {
    const { position } = this.feed.mark(input, flags[marking]);
    const ids = this.feed.lastMarked;
    this.#recordSnapshot();
    if (ids.length === 0) return;
    // The hub pushes items that changed their state as a whole.
    if (this.#isInFlight(ids) || isMoving(marking)) this.#pushItems(ids, position);
    else this.transport.push('feed:marked', { ids, ...markedFlags[marking], position }, ids);
    this.#pushCounts();
  }

  /**
   * So many changes that the hub pushes a reset instead. Like the real hub, which stores the reset's position, `feed:changes`
   * from an earlier position reloads. So does one from the position of counts that overtook the push: the page may have
   * missed the push while its feed had no listener.
   */
  reset(changes: ReadonlyArray<readonly [id: string, at: number]>): void {
    for (const [id, at] of changes) {
      if (at < 3) this.feed.remove([id]);
      else this.feed.put(item(id, at));
    }
    this.#recordSnapshot();
    this.feed.historyFrom = Number(this.feed.position);
    this.transport.push('feed:reset', {}, [], this.feed.historyFrom);
    this.#pushCounts();
  }

  /** No writes are in flight: the position of a response is that of the last change. */
  goIdle(): void {
    for (let n = 0; n < this.feed.lag; n += 1) this.feed.remove([]);
  }

  #responses(): Responses {
    const unused = (): never => {
      throw new Error('a feed does not ask this');
    };
    const mark = (marking: Marking) => (input: MarkInput) => this.#mark(marking, input);
    return {
      'feed:list': (query) => this.feed.list(query),
      'feed:changes': ({ position }) => {
        // Like the real hub, which has an overlap window as long as pushes may overtake each other.
        return this.feed.changes(position, this.transport.undelivered(Number.parseInt(position, 10)));
      },
      'feed:read': mark('feed:read'),
      'feed:unread': mark('feed:unread'),
      'feed:seen': mark('feed:seen'),
      'feed:press': (input) => this.#press(input),
      'feed:archive': mark('feed:archive'),
      'feed:unarchive': mark('feed:unarchive'),
      // The time of a snooze is no bound of the items.
      'feed:snooze': ({ until, ...input }) => {
        expect(until).toBe(SNOOZE_END);
        return this.#mark('feed:snooze', input);
      },
      'feed:unsnooze': mark('feed:unsnooze'),
      log: unused,
      track: unused,
      untrack: unused,
      watch: unused,
      unwatch: unused,
      event: unused,
      auth: unused,
    };
  }

  #mark(marking: Marking, input: MarkInput): MarkAnswer {
    const verdict = this.verdicts.shift();
    if (verdict === 'refuse') throw refused;
    const response = this.feed.mark(input, flags[marking]);
    const ids = this.feed.lastMarked;
    this.#recordSnapshot();
    if (ids.length > 0) {
      // The marking connection gets the change in the response. But if pushes of these items are in flight, the hub pushes
      // whole items to all connections, because a page would drop the mark of an item that it does not have yet.
      if (this.#isInFlight(ids) || isMoving(marking)) this.#pushItems(ids, response.position);
      this.#pushCounts();
    }
    if (verdict === 'fail') throw failed;
    return response;
  }

  /** The hub pushes the item to all connections. */
  #press(input: PressInput): PressAnswer {
    const verdict = this.verdicts.shift();
    const known = this.feed.all().find(({ id }) => id === input.item);
    if (verdict === 'refuse' || !known) throw refused;
    if (known.pressed) {
      throw new HubError('already_pressed', 'it was pressed', false, [], { pressed: known.pressed });
    }
    const answer = this.feed.press(input);
    this.#recordSnapshot();
    this.#pushItems([input.item], answer.position);
    this.#pushCounts();
    if (verdict === 'fail') throw failed;
    return answer;
  }

  #isInFlight(ids: readonly string[]): boolean {
    return this.transport.pushes.some((push) => push.ids.some((id) => ids.includes(id)));
  }

  #pushItems(ids: readonly string[], position: string): void {
    for (const each of this.feed.all()) {
      if (ids.includes(each.id)) this.transport.push('feed:item', { item: each, position }, [each.id]);
    }
  }

  #pushCounts(): void {
    this.transport.push('feed:counts', { ...this.feed.counts(), position: this.feed.position });
  }

  #recordSnapshot(): void {
    this.snapshots.push(this.feed.all());
  }
}
