/** Bad socket events: they get an error, store nothing, and leave the connection open. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { TestHub } from '../support/hub.ts';
import type { TestSocket } from '../support/socket.ts';
import { emptyCounts, storedCountsOf } from '../support/stored-counts.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
beforeAll(async () => {
  hub = await TestHub.start();
});
afterAll(() => hub.close());

const valid = { actor: 'user:ada', verb: 'did' };

/** Checks that the same connection still responds. */
async function stillWorks(socket: TestSocket): Promise<void> {
  expect(socket.raw.connected).toBe(true);
  expect(await socket.get<FeedPage>('feed:list', {})).toMatchObject({ items: [], nextCursor: null });
}

test.each<[string, string, unknown[], string, string[]?]>([
  ['an unknown event', 'feed:like', [{}], 'unknown_event'],
  ['an event of another kind of client', 'constructor', [{}], 'unknown_event'],
  ['an endless name of an event', 'x'.repeat(10_000), [{}], 'unknown_event'],
  ['no payload', 'log', [], 'invalid_input', ['']],
  ['an excess argument', 'log', [valid, {}, {}], 'invalid_input'],
  ['a second argument where none belongs', 'feed:read', [{ all: true }, {}], 'invalid_input', ['options']],
  ['an unknown option', 'log', [valid, { color: 'red' }], 'invalid_input', ['options.color']],
  ['an option of a wrong type', 'log', [valid, { wait: 2 }], 'invalid_input', ['options.wait']],
  ['options that are none', 'log', [valid, 'wait'], 'invalid_input', ['options']],
  ['more than 1 MiB', 'log', [{ ...valid, text: 'x'.repeat(1_048_576) }], 'payload_too_large'],
  ['binary', 'log', [{ ...valid, data: { photo: Buffer.alloc(1_000) } }], 'invalid_input', ['data.photo']],
  [
    'more than 1 MiB in ignored arguments',
    'feed:list',
    [{}, undefined, 'x'.repeat(1_048_576)],
    'payload_too_large',
  ],
  ['a limit as text', 'feed:list', [{ limit: '5' }], 'invalid_input', ['limit']],
  ['a flag as text', 'feed:list', [{ unread: '1' }], 'invalid_input', ['unread']],
  ['a payload that is none', 'feed:list', ['all'], 'invalid_input', ['']],
  ['a payload that is binary', 'feed:read', [Buffer.alloc(10)], 'invalid_input', ['']],
  ['an unknown field', 'feed:list', [{ color: 'red' }], 'invalid_input', ['color']],
  ['a cursor of nobody', 'feed:list', [{ cursor: 'WzEsMl0' }], 'invalid_input', ['cursor']],
  [
    'a cursor beyond all time',
    'feed:list',
    [{ cursor: 'WzkwMDAwMDAwMDAwMDAwMDAsIngiXQ' }],
    'invalid_input',
    ['cursor'],
  ],
  ['no position', 'feed:changes', [{}], 'invalid_input', ['position']],
  ['a position of nobody', 'feed:changes', [{ position: 'now' }], 'invalid_input', ['position']],
  [
    'a position beyond all positions',
    'feed:changes',
    [{ position: '9999999999999999' }],
    'invalid_input',
    ['position'],
  ],
  ['a mark of nothing', 'feed:read', [{}], 'invalid_input', ['']],
  ['a mark of two kinds', 'feed:seen', [{ all: true, ids: ['x'] }], 'invalid_input', ['']],
  ['a mark of no ids', 'feed:unread', [{ ids: [] }], 'invalid_input', ['ids']],
  [
    'a mark of 1,001 ids',
    'feed:unread',
    [{ ids: Array.from({ length: 1_001 }, String) }],
    'invalid_input',
    ['ids'],
  ],
  ['a mark of ids that are none', 'feed:read', [{ ids: [5] }], 'invalid_input', ['ids[0]']],
  ['a mark that is all: false', 'feed:read', [{ all: false }], 'invalid_input', ['all']],
  ['a mark until no time', 'feed:read', [{ until: 'now' }], 'invalid_input', ['until']],
  ['nothing to track', 'track', [{}], 'invalid_input', ['to']],
  ['a bad object to track', 'track', [{ to: ['a:b', 'A'] }], 'invalid_input', ['to[1]']],
  ['a bad verb to track', 'track', [{ to: 'a:b', verbs: ['x', ''] }], 'invalid_input', ['verbs[1]']],
  [
    '1,001 objects to track',
    'track',
    [{ to: Array.from({ length: 1_001 }, (_, n) => `a:${n}`) }],
    'invalid_input',
    ['to'],
  ],
  ['an unknown field to track', 'track', [{ to: 'a:b', color: 1 }], 'invalid_input', ['color']],
  ['nothing to untrack', 'untrack', [{ from: [] }], 'invalid_input', ['from']],
  ['no token', 'auth', [{}], 'invalid_input', ['token']],
])('a call is refused for %s', async (_what, event, args, code, paths) => {
  const socket = await hub.socket('ada');
  const response = await socket.request(event, ...args);
  expect(response).toMatchObject({
    ok: false,
    error: { code, retryable: false, message: expect.stringMatching(/./) },
  });
  if (paths && !response.ok) expect(response.error.fields?.map((field) => field.path)).toEqual(paths);
  if (!response.ok) expect(JSON.stringify(response.error).length).toBeLessThan(1_000);
  expect(await storedCountsOf(hub)).toEqual(emptyCounts);
  await stillWorks(socket);
});

test('an event that is named by a number is unknown', async () => {
  const socket = await hub.socket('ada');
  const response = await new Promise((resolve) => {
    // The client's types allow only names, but its wire format also allows numbers.
    Reflect.apply(socket.raw.emit, socket.raw, [7, {}, resolve]);
  });
  expect(response).toMatchObject({ ok: false, error: { code: 'unknown_event' } });
  await stillWorks(socket);
});

test('an event that nests too deep to be stored is refused', async () => {
  const socket = await hub.socket('ada');
  const { engine } = socket.raw.io;
  const answered = new Promise<string>((resolve) => {
    engine.on('data', (packet: string) => packet.startsWith('399') && resolve(packet.slice(3)));
  });
  // As text, because a client cannot encode it.
  engine.write(`299["log",${'['.repeat(200_000)}${']'.repeat(200_000)}]`);
  expect(JSON.parse(await answered)).toMatchObject([
    { ok: false, error: { code: 'invalid_input', retryable: false, fields: [{ path: '' }] } },
  ]);
  await stillWorks(socket);
});

test('a large event whose name nests too deep is unknown', async () => {
  const socket = await hub.socket('ada');
  const { engine } = socket.raw.io;
  const answered = new Promise<string>((resolve) => {
    engine.on('data', (packet: string) => packet.startsWith('399') && resolve(packet.slice(3)));
  });
  engine.write(`299[${'['.repeat(50_000)}${']'.repeat(50_000)}]`);
  expect(JSON.parse(await answered)).toMatchObject([{ ok: false, error: { code: 'unknown_event' } }]);
  await stillWorks(socket);
});

test('an event without an acknowledgement causes no error', async () => {
  const socket = await hub.socket('cy');
  socket.raw.emit('log', { actor: 'user:cy', verb: '' });
  socket.raw.emit('feed:like');
  socket.raw.emit('log', { actor: 'user:cy', verb: 'did' });
  await until(async () => (await storedCountsOf(hub)).actions === 1);
  await stillWorks(socket);
});

// `write` prepends `4`, which marks an Engine.IO message.
test.each<[string, (socket: TestSocket) => void]>([
  ['a frame beyond all limits', (socket) => void socket.raw.emit('log', { text: 'x'.repeat(1_200_000) })],
  ['another namespace', (socket) => void socket.raw.io.engine.write('0/admin,{}')],
  ['an unexpected acknowledgement', (socket) => void socket.raw.io.engine.write('37[]')],
  ['an event without a name', (socket) => void socket.raw.io.engine.write('2')],
  ['an acknowledgement in place of a name', (socket) => void socket.raw.io.engine.write('299')],
  ['a packet that is none', (socket) => void socket.raw.io.engine.write('2[')],
  ['a reserved event', (socket) => void socket.raw.io.engine.write('2["disconnect",{}]')],
])('%s ends its own connection and no other', async (_what, send) => {
  const socket = await hub.socket('ada');
  const other = await hub.socket('ada');
  send(socket);
  await until(() => !socket.raw.connected);
  await stillWorks(other);
  await stillWorks(await hub.socket('ada'));
});

test('a payload just under 1 MiB is accepted', async () => {
  const socket = await hub.socket('dan');
  const list = Array.from({ length: 20 }, () => ({
    actor: 'user:dan',
    verb: 'did',
    text: 'x'.repeat(52_000),
  }));
  expect((await socket.get<LogAnswer>('log', list)).ids).toHaveLength(20);
});
