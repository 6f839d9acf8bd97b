/** The hub's side of a `FakeLine`: one user's feed, what it pushes, and every count that was ever right. */
import { HubError } from '../../../client-sdk/src/error.ts';
import type { FeedItem, MarkAnswer, MarkInput } from '../../../protocol/entities.ts';
import { item } from './factory.ts';
import { FakeFeed } from './fake-feed.ts';
import { type Answers, FakeLine } from './fake-line.ts';

export type Marking = 'feed:read' | 'feed:unread' | 'feed:seen';

/** What each mark does, and what it leaves of the items that it changes. */
const flags = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true },
  'feed:seen': { seen: true },
} as const;
const leaves = {
  'feed:read': { unread: false, seen: true },
  'feed:unread': { unread: true, seen: true },
  'feed:seen': { unread: true, seen: true },
} as const;

const refused = new HubError('forbidden', 'no', false);
const failed = new HubError('internal', 'carried out, but the answer is lost', true);

export class FakeHub {
  readonly feed = new FakeFeed();
  readonly line: FakeLine;
  /** The feed at every moment so far. */
  readonly moments: FeedItem[][] = [];
  /** What happens to the marks that are executed next, in order; then they are carried out. */
  verdicts: Array<'refuse' | 'fail'> = [];
  /** A long history came or went, and the page may not have heard: positions say nothing. */
  #isReset = false;

  constructor() {
    this.line = new FakeLine(this.#answers());
    this.#happened();
  }

  put(id: string, at: number, isRead: boolean): void {
    const put = item(id, at, isRead ? { unread: false, seen: true } : {});
    const position = this.feed.put(put);
    this.#happened();
    this.line.push('feed:item', { item: put, position }, [id]);
    this.#pushCounts();
  }

  remove(ids: string[]): void {
    const position = this.feed.remove(ids);
    this.#happened();
    this.line.push('feed:removed', { ids, position }, ids);
    this.#pushCounts();
  }

  /** Another connection of the user marks. */
  markElsewhere(marking: Marking, input: MarkInput): void {
    const { position } = this.feed.mark(input, flags[marking]);
    const ids = this.feed.lastMarked;
    this.#happened();
    if (ids.length === 0) return;
    if (this.#isOnTheWay(ids)) this.#pushItems(ids, position);
    else this.line.push('feed:marked', { ids, ...leaves[marking], position }, ids);
    this.#pushCounts();
  }

  /** More changes than is worth pushing. */
  reset(changes: ReadonlyArray<readonly [id: string, at: number]>): void {
    for (const [id, at] of changes) {
      if (at < 3) this.feed.remove([id]);
      else this.feed.put(item(id, at));
    }
    this.#happened();
    this.#isReset = true;
    this.line.push('feed:reset', {});
    this.#pushCounts();
  }

  /** Nothing is being written: an answer's position is that of the last change. */
  rest(): void {
    for (let n = 0; n < this.feed.lag; n += 1) this.feed.remove([]);
  }

  /** The page was told of the reset, or asked and was told. */
  heardOfReset(): void {
    this.#isReset = this.line.pushes.some(({ event }) => event === 'feed:reset');
  }

  #answers(): Answers {
    const unused = (): never => {
      throw new Error('a feed does not ask this');
    };
    const mark = (marking: Marking) => (input: MarkInput) => this.#mark(marking, input);
    return {
      'feed:list': (query) => this.feed.list(query),
      'feed:changes': ({ position }) => {
        // As the real one, which looks back for as long as pushes may overtake each other.
        const changes = this.feed.changes(position, this.line.unheard(Number.parseInt(position, 10)));
        return this.#isReset ? { ...changes, reset: true } : changes;
      },
      'feed:read': mark('feed:read'),
      'feed:unread': mark('feed:unread'),
      'feed:seen': mark('feed:seen'),
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
    const answer = this.feed.mark(input, flags[marking]);
    const ids = this.feed.lastMarked;
    this.#happened();
    if (ids.length > 0) {
      // The connection that asked learns of it by the answer. But where something of these is being told, all are told of
      // the items themselves: a page would forget the mark of an item it does not know yet.
      if (this.#isOnTheWay(ids)) this.#pushItems(ids, answer.position);
      this.#pushCounts();
    }
    if (verdict === 'fail') throw failed;
    return answer;
  }

  #isOnTheWay(ids: readonly string[]): boolean {
    return this.line.pushes.some((push) => push.ids.some((id) => ids.includes(id)));
  }

  #pushItems(ids: readonly string[], position: string): void {
    for (const each of this.feed.items()) {
      if (ids.includes(each.id)) this.line.push('feed:item', { item: each, position }, [each.id]);
    }
  }

  #pushCounts(): void {
    this.line.push('feed:counts', { ...this.feed.counts(), position: this.feed.position });
  }

  #happened(): void {
    this.moments.push(this.feed.items());
  }
}
