/**
 * Old state, plus any pushes in any order, plus the changes since the last position, always gives the state of a fresh
 * list.
 */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { FeedEvent } from '../../../client-sdk/client/src/feed/events.ts';
import { reduce } from '../../../client-sdk/client/src/feed/reducer.ts';
import { snapshotOf } from '../../../client-sdk/client/src/feed/snapshot.ts';
import { type FeedState, initialState } from '../../../client-sdk/client/src/feed/state.ts';
import { item } from './factory.ts';
import { FakeFeed } from './fake-feed.ts';

const id = fc.integer({ min: 0, max: 9 }).map((number) => `i${number}`);
const step = fc.oneof(
  fc.record({ type: fc.constant('put' as const), id, at: fc.nat(9), lost: fc.boolean() }),
  fc.record({ type: fc.constant('remove' as const), id, lost: fc.boolean() }),
  fc.record({ type: fc.constant('mark' as const), id, unread: fc.boolean(), lost: fc.boolean() }),
  fc.record({ type: fc.constant('markAll' as const), lost: fc.boolean() }),
  // Delayed pushes arrive late, in this order.
  fc.record({ type: fc.constant('deliver' as const), order: fc.array(fc.nat(20), { maxLength: 6 }) }),
  fc.record({ type: fc.constant('older' as const) }),
  fc.record({ type: fc.constant('sync' as const) }),
);

class Client {
  state: FeedState = initialState;
  readonly delayed: FeedEvent[] = [];
  readonly #feed: FakeFeed;

  constructor(feed: FakeFeed) {
    this.#feed = feed;
    this.apply({ type: 'firstPage', page: feed.list({ limit: 4 }), requestContext: this.state });
  }

  apply(event: FeedEvent): void {
    this.state = reduce(this.state, event);
  }

  /** A push arrives, or is delayed. The server knows the latter and reports a gap. */
  push(event: FeedEvent, lost: boolean): void {
    const { position } = this.#feed;
    const counts: FeedEvent = { type: 'counts', push: { ...this.#feed.counts(), position } };
    if (lost) this.apply({ type: 'gap' });
    for (const each of [event, counts]) {
      if (lost) this.delayed.push(each);
      else this.apply(each);
    }
  }

  older(): void {
    const { cursor } = this.state;
    if (cursor === null) return;
    const baseState = this.state;
    this.apply({
      type: 'olderPage',
      page: this.#feed.list({ limit: 3, cursor }),
      cursor,
      requestContext: baseState,
    });
  }

  sync(): void {
    // If positions lag, even later pushes cannot be distinguished from new ones.
    if (this.#feed.lag > 0) this.delayed.length = 0;
    for (let more = true; more; ) {
      const baseState = this.state;
      const changes = this.#feed.changes(this.state.position);
      this.apply({ type: 'changes', changes, requestContext: baseState });
      more = changes.more;
    }
  }
}

it('a client reaches the state of a fresh list, whatever was lost, late or out of order', () => {
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.nat(6),
      (steps, changesSize, lag) => {
        const feed = new FakeFeed();
        feed.changesSize = changesSize;
        feed.lag = lag;
        for (let n = 0; n < 8; n += 1) feed.put(item(`i${n}`, n));
        const client = new Client(feed);
        for (const each of steps) {
          if (each.type === 'put') {
            const put = item(each.id, each.at);
            client.push({ type: 'item', push: { item: put, position: feed.put(put) } }, each.lost);
          } else if (each.type === 'remove') {
            const position = feed.remove([each.id]);
            client.push({ type: 'removed', push: { ids: [each.id], position } }, each.lost);
          } else if (each.type === 'mark') {
            const { position } = feed.mark({ ids: [each.id] }, { unread: each.unread });
            client.push(
              { type: 'marked', push: { ids: [each.id], unread: each.unread, position } },
              each.lost,
            );
          } else if (each.type === 'markAll') {
            const { position } = feed.mark({ all: true }, { unread: false, seen: true });
            client.push(
              { type: 'marked', push: { all: true, unread: false, seen: true, position } },
              each.lost,
            );
          } else if (each.type === 'deliver') {
            for (const index of each.order) {
              const [delayedEvent] = client.delayed.splice(index % Math.max(1, client.delayed.length), 1);
              if (delayedEvent) client.apply(delayedEvent);
            }
          } else if (each.type === 'older') client.older();
          else client.sync();
        }
        client.sync();
        while (client.state.cursor !== null) client.older();
        expect(snapshotOf(client.state).items).toEqual(feed.items());
        expect(client.state.counts).toEqual(feed.counts());
      },
    ),
    { numRuns: 2_000 },
  );
});
