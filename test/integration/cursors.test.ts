/** Cursors and positions are untrusted text: unknown ones are refused with the name of the parameter. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FeedPage, Page, Tracker } from '../../protocol/entities.ts';
import type { Problem } from '../../protocol/errors.ts';
import type { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';

let hub: TestHub;
let service: Api;
let socket: TestSocket;
let trackerId = '';
beforeAll(async () => {
  hub = await TestHub.start();
  service = await hub.service();
  const to = ['project:p1', 'project:p2', 'project:p3'];
  const { body } = await service.post<{ trackers: Tracker[] }>('/v1/users/ada/track?wait=1', {
    to,
    actorOnly: false,
  });
  trackerId = body.trackers[0]?.id ?? '';
  for (const n of [1, 2, 3]) {
    const action = { actor: 'user:bob', verb: `did ${n}`, targets: to, groupingDelay: -1 };
    await service.post('/v1/actions?wait=1', action);
    await service.post('/v1/events', { name: 'Seen', user: 'ada', related: 'project:p1' });
  }
});
afterAll(() => hub.close());

/** All paged lists. */
const lists = (): string[] => [
  '/v1/users/ada/feed',
  '/v1/users/ada/trackers',
  '/v1/users/ada/tracked',
  '/v1/objects/project:p1/trackers',
  '/v1/objects/project:p1/trackers/users',
  '/v1/actions',
  '/v1/objects/project:p1/actions',
  `/v1/trackers/${trackerId}/actions`,
  '/v1/events',
  '/v1/objects/project:p1/events',
  '/v1/dead-letters',
];

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const asText = (text: string): string => Buffer.from(text).toString('base64url');

/** Invalid cursors. */
const nobodys = (): string[] => [
  'nonsense',
  ' ',
  '=',
  '%00',
  'YWJj',
  asText('project:p1'),
  asText('\tada'),
  asText('project:p1\t'),
  asText('project:p1\tada\tada'),
  asText('project:p9\tsomebody'),
  asText('\n'),
  encoded(null),
  encoded({}),
  encoded([]),
  encoded([1]),
  encoded(['1', 'a']),
  encoded([1, 2]),
  encoded([1, '']),
  encoded([1.5, 'a']),
  encoded([1e300, 'a']),
  encoded([1, 'a', 2]),
  encoded([1, { $gt: '' }]),
  `${encoded([1, 'a'])}=`,
  Buffer.from('[1, "a"]').toString('base64url'),
  Buffer.from('[-0,"a"]').toString('base64url'),
  'a'.repeat(2_304),
  'a'.repeat(2_305),
];

async function refused(path: string, field: string, value: string): Promise<void> {
  const { status, body } = await service.get<Problem>(`${path}?${field}=${encodeURIComponent(value)}`);
  expect({ path, value, status, code: body.code, fields: body.fields?.map((each) => each.path) }).toEqual({
    path,
    value,
    status: 400,
    code: 'invalid_input',
    fields: [field],
  });
}

test('no list accepts an unknown cursor', async () => {
  for (const path of lists()) for (const value of nobodys()) await refused(path, 'cursor', value);
});

test('a list of trackers accepts only its own cursors', async () => {
  const [first] = [await service.get<Page<Tracker>>('/v1/users/ada/trackers?limit=1')];
  const cursor = first.body.nextCursor ?? '';
  const path = `/v1/users/ada/trackers?cursor=${cursor}`;
  expect((await service.get<Page<Tracker>>(path)).body.items).toHaveLength(2);
  await refused('/v1/users/bob/trackers', 'cursor', cursor);
  await refused('/v1/objects/project:p9/trackers', 'cursor', cursor);
});

test('every list continues from its cursor', async () => {
  for (const path of lists().filter((each) => each !== '/v1/dead-letters')) {
    const page = (cursor: string | null, limit = 1) =>
      service.get<Page<unknown>>(`${path}?limit=${limit}${cursor === null ? '' : `&cursor=${cursor}`}`);
    const all = (await page(null, 100)).body.items;
    const found: unknown[] = [];
    for (let cursor: string | null = null; ; ) {
      const { body }: { body: Page<unknown> } = await page(cursor);
      found.push(...body.items);
      cursor = body.nextCursor;
      if (cursor === null) break;
    }
    expect(found, path).toEqual(all);
  }
});

test('cursors and ids of trackers with the longest ids are accepted', async () => {
  const [user, id] = ['漢'.repeat(255), '字'.repeat(254)];
  const type = 't'.repeat(64);
  const to = [`${type}:${id}a`, `${type}:${id}b`];
  const path = `/v1/users/${encodeURIComponent(user)}`;
  await service.post(`${path}/track?wait=1`, { to });
  const first = await service.get<Page<Tracker>>(`${path}/trackers?limit=1`);
  const next = await service.get<Page<Tracker>>(`${path}/trackers?cursor=${first.body.nextCursor}`);
  expect(next.body.items).toMatchObject([{ tracked: { id: `${id}b` } }]);
  expect((await service.get(`/v1/trackers/${first.body.items[0]?.id}/actions`)).status).toBe(200);
});

/** Any text, and text that resembles the hub's cursors. */
const anyText = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((text) => text.isWellFormed()),
  fc.json().map((text) => asText(text)),
  fc.tuple(fc.oneof(fc.integer(), fc.double(), fc.string()), fc.string()).map(encoded),
  fc.stringMatching(/^\d{14,18}(\.\d{14,18})?(\..{0,5})?$/),
);

test('for any text, a list responds or refuses its cursor by name', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(lists().length - 1), anyText, async (index, text) => {
      const path = `${lists()[index]}?cursor=${encodeURIComponent(text)}`;
      const { status, body } = await service.get<Problem>(path);
      if (status !== 200) expect([status, body.fields?.[0]?.path]).toEqual([400, 'cursor']);
    }),
    { numRuns: 300 },
  );
});

describe('a position', () => {
  const bad = [
    '',
    'nonsense',
    '1',
    '9'.repeat(16),
    '0'.repeat(17),
    `${'0'.repeat(16)}.`,
    `${'0'.repeat(16)}.x`,
  ];

  test('that is unknown is refused by name', async () => {
    socket = await hub.socket('ada');
    for (const position of bad) {
      await refused('/v1/users/ada/feed/changes', 'position', position);
      const mark = await service.post<Problem>('/v1/users/ada/feed/read', { all: true, position });
      expect([position, mark.status, mark.body.fields?.[0]?.path]).toEqual([position, 400, 'position']);
      for (const [event, payload] of [
        ['feed:changes', { position }],
        ['watch', { object: 'project:p1', position }],
      ] as const) {
        const response = await socket.request(event, payload);
        expect(response).toMatchObject({
          ok: false,
          error: { code: 'invalid_input', fields: [{ path: 'position' }] },
        });
      }
    }
  });

  test('of any text is accepted, or refused by name', async () => {
    await fc.assert(
      fc.asyncProperty(anyText, async (text) => {
        const path = `/v1/users/ada/feed/changes?position=${encodeURIComponent(text)}`;
        const { status, body } = await service.get<Problem>(path);
        if (status !== 200) expect([status, body.fields?.[0]?.path]).toEqual([400, 'position']);
      }),
      { numRuns: 150 },
    );
  });

  test('from the hub is accepted', async () => {
    const { body } = await service.get<FeedPage>('/v1/users/ada/feed');
    expect((await service.get(`/v1/users/ada/feed/changes?position=${body.position}`)).status).toBe(200);
  });
});
