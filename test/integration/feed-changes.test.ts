/** Changes since a position: applied to an earlier list, they give the current list. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedChanges, FeedItem, FeedPage } from '../../protocol/entities.ts';
import { allChanges, logAndWait, wholeFeed } from '../support/feeds.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

let hub: TestHub;
let api: Api;
beforeAll(async () => {
  hub = await TestHub.start({ gateways: 2, workers: 2 });
  api = await hub.service();
});
afterAll(() => hub.close());

const positionOf = async (user: string) => (await api.get<FeedPage>(`/v1/users/${user}/feed`)).body.position;

/** A client's copy of a feed. */
class Copy {
  readonly #items = new Map<string, FeedItem>();

  constructor(items: readonly FeedItem[]) {
    for (const item of items) this.#items.set(item.id, item);
  }

  apply({ items, removed }: FeedChanges): void {
    for (const item of items) this.#items.set(item.id, item);
    for (const id of removed) this.#items.delete(id);
  }

  list(): FeedItem[] {
    const before = (left: FeedItem, right: FeedItem) =>
      left.at === right.at ? left.id > right.id : left.at > right.at;
    return [...this.#items.values()].sort((left, right) => (before(left, right) ? -1 : 1));
  }
}

/** A list and its position. Changes between its pages are repeated later. */
async function snapshot(user: string): Promise<{ copy: Copy; position: string }> {
  const position = await positionOf(user);
  return { copy: new Copy(await wholeFeed(api, user)), position };
}

/** A plain position covers an overlap of up to 30 s. This one does not, so that no error is hidden. */
const exactly = (position: string) => {
  const digits = position.replace('~', '');
  return `${digits}.${digits}.~`;
};

/** Random work from a seed, so that a failure can be reproduced. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

async function disturb(user: string, random: (below: number) => number): Promise<void> {
  const { items } = (await api.get<FeedPage>(`/v1/users/${user}/feed?limit=100`)).body;
  const some = items.filter(() => random(3) === 0).map((item) => item.id);
  const ids = some.length > 0 ? some : ['none'];
  const mark = ['read', 'unread', 'seen'][random(3)];
  const works: Array<() => Promise<unknown>> = [
    () => logAndWait(hub, user, 1 + random(20)),
    () => api.post(`/v1/users/${user}/feed/${mark}`, { ids }),
    () => api.post(`/v1/users/${user}/feed/${mark}`, { all: true }),
    () =>
      api.post(`/v1/users/${user}/feed/${mark}`, {
        until: items[random(items.length)]?.at ?? '2026-01-01T00:00:00Z',
      }),
    () => api.send('DELETE', `/v1/actions/${items[random(items.length)]?.action.id ?? 'none'}?wait=1`),
    // The backfilled items are among the others.
    () => api.post(`/v1/users/${user}/track?wait=1`, { to: `project:${user}` }),
    () => api.post(`/v1/users/${user}/untrack?wait=1`, { from: `project:${user}` }),
  ];
  await works[random(works.length)]?.();
}

describe('changes since an earlier list', () => {
  test.each([1, 2, 3, 4])('make it the current list, after any concurrent work (%i)', async (seed) => {
    const user = `interleaved-${seed}`;
    const random = randomOf(seed);
    await logAndWait(hub, user, 30);
    await logAndWait(hub, 'somebody', 10, { actor: `project:${user}` });
    const { copy, position } = await snapshot(user);
    const asleep = await snapshot(user);
    let exact = position;
    const catchUp = async (): Promise<FeedChanges | undefined> => {
      // A later response must contain all changes up to this position.
      const next = await positionOf(user);
      const pages = await allChanges(api, user, exactly(exact));
      for (const page of pages) copy.apply(page);
      exact = next;
      return pages.at(-1);
    };
    for (let round = 0; round < 6; round += 1) {
      const work = Promise.all(Array.from({ length: 4 }, () => disturb(user, random)));
      // Requests during the work must not skip in-flight writes.
      for (let read = 0; read < 5; read += 1) await catchUp();
      await work;
      const last = await catchUp();
      const now = await wholeFeed(api, user);
      expect(copy.list()).toEqual(now);
      expect(last?.counts.unread).toBe(now.filter((item) => item.unread).length);
      expect(last?.counts.unseen).toBe(now.filter((item) => !item.seen).length);
    }
    for (const page of await allChanges(api, user, asleep.position)) asleep.copy.apply(page);
    expect(asleep.copy.list()).toEqual(await wholeFeed(api, user));
  });

  test('are none if nothing changed', async () => {
    await logAndWait(hub, 'quiet', 3);
    const socket = await hub.socket('quiet');
    const { position } = await socket.get<FeedPage>('feed:list', {});
    expect(await socket.get<FeedChanges>('feed:changes', { position: exactly(position) })).toMatchObject({
      items: [],
      removed: [],
      more: false,
      reset: false,
      counts: { unread: 3, unseen: 3, capped: false },
    });
  });
});

describe('many changes', () => {
  test('are paged, end, and include changes during the reading', async () => {
    const { copy, position } = await snapshot('many');
    await logAndWait(hub, 'many', 1_200);
    const first = await api.get<FeedChanges>(`/v1/users/many/feed/changes?position=${position}`);
    expect(first.body).toMatchObject({ more: true, reset: false });
    expect(first.body.items).toHaveLength(500);
    copy.apply(first.body);

    const ids = first.body.items.slice(0, 10).map((item) => item.id);
    await api.post('/v1/users/many/feed/read', { ids });
    const fresh = await logAndWait(hub, 'many', 5);
    const rest = await allChanges(api, 'many', first.body.position);
    expect(rest.map((page) => page.items.length)).toEqual([500, 215]);
    expect(rest.map((page) => page.more)).toEqual([true, false]);
    for (const page of rest) copy.apply(page);
    const now = await wholeFeed(api, 'many');
    expect(copy.list()).toEqual(now);
    expect(now.slice(0, 5).map((item) => item.action.id)).toEqual(fresh.reverse());
  });

  test('are one page if they are exactly 500', async () => {
    const position = await positionOf('exact');
    await logAndWait(hub, 'exact', 500);
    expect((await allChanges(api, 'exact', position)).map((page) => [page.items.length, page.more])).toEqual([
      [500, false],
    ]);
  });

  test('above 5,000 return a reset, from which reading continues', async () => {
    const position = await positionOf('too-many');
    await logAndWait(hub, 'too-many', 5_001);
    const [page, ...others] = await allChanges(api, 'too-many', position);
    expect(others).toEqual([]);
    expect(page).toMatchObject({
      items: [],
      removed: [],
      more: false,
      reset: true,
      counts: { capped: true },
    });
    const [next = ''] = await logAndWait(hub, 'too-many', 1);
    const after = await allChanges(api, 'too-many', exactly(page?.position ?? ''));
    expect(after.flatMap((each) => each.items.map((item) => item.action.id))).toEqual([next]);
  });
});

test('positions as strings sort in the order of changes, in responses and pushes', async () => {
  const socket = await hub.socket('ordered');
  const positions = [await positionOf('ordered')];
  for (let round = 0; round < 3; round += 1) {
    await logAndWait(hub, 'ordered', 1);
    positions.push(await positionOf('ordered'));
    const { body } = await api.post<{ position: string }>('/v1/users/ordered/feed/read', { all: true });
    positions.push(body.position, await positionOf('ordered'));
  }
  expect([...positions].sort()).toEqual(positions);
  const pushed = socket.items.map((push) => push.position);
  expect([...pushed].sort()).toEqual(pushed);
  for (const [round, position] of pushed.entries()) {
    expect(position > (positions[round * 3] ?? '') && position <= (positions[round * 3 + 1] ?? '')).toBe(
      true,
    );
  }
});
