/**
 * Every client event, first by all senders without permission, then by those with it. The events, their permissions and an
 * example of each come from the definitions of the operations; `test/support/access` adds variants.
 */
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { WatchResponse } from '../../protocol/entities.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import {
  bystanders,
  concernsSubject,
  type Holder,
  insiders,
  outsiders,
  type Subject,
} from '../support/access/access.ts';
import { badTokens } from '../support/access/bad-tokens.ts';
import { openMatrixFixture } from '../support/access/matrix-fixture.ts';
import { type SocketSample, socketSamples } from '../support/access/socket-samples.ts';
import { isInDefaultSpace, type StoredContents } from '../support/access/stored-contents.ts';
import { absent, SECRET_TEXT, type SubjectFactory } from '../support/access/subject-factory.ts';
import type { TestHub } from '../support/hub.ts';
import { TestSocket } from '../support/socket.ts';
import { tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

let hub: TestHub;
let world: SubjectFactory;
let contents: StoredContents;
let present: Subject;
let deletedSubject: Subject;
let initialContents: string[];
let close: () => Promise<void>;
beforeAll(async () => {
  ({
    hub,
    world,
    contents,
    present,
    deleted: deletedSubject,
    initialContents,
    close,
  } = await openMatrixFixture({
    HUBBUB_MAX_CONNECTIONS_USER: '1000',
  }));
});
afterAll(() => close());

interface Cell {
  name: string;
  event: string;
  sample: SocketSample;
}

const cells: Cell[] = Object.entries(socketSamples).flatMap(([event, samples]) =>
  samples.map((sample) => ({ name: [event, sample.what].filter(Boolean).join(', '), event, sample })),
);

/** Sends the sample's event about a subject. */
type Requester = (sample: Cell, subject: Subject) => ReturnType<TestSocket['request']>;

/** Connected until the test ends. */
async function connected({ sub, claims }: Holder): Promise<Requester> {
  const token = await tokenFor(sub, claims);
  const socket = await TestSocket.connect(hub.url, token);
  onTestFinished(() => socket.close());
  return ({ event, sample }, subject) => socket.request(event, ...sample.send(subject, token));
}

/** Fails the type check if an event is missing. */
const clientEvents: Record<ClientEvent, true> = {
  auth: true,
  event: true,
  'feed:archive': true,
  'feed:changes': true,
  'feed:list': true,
  'feed:press': true,
  'feed:read': true,
  'feed:seen': true,
  'feed:snooze': true,
  'feed:unarchive': true,
  'feed:unread': true,
  'feed:unsnooze': true,
  log: true,
  track: true,
  untrack: true,
  unwatch: true,
  watch: true,
};

test('every event of the protocol has a definition', () => {
  expect(Object.keys(socketSamples).sort()).toEqual(Object.keys(clientEvents).sort());
});

describe('a refused event stores, changes and pushes nothing:', () => {
  afterEach(async () => {
    const before = initialContents;
    // Keeps later tests independent of a failure here.
    initialContents = await contents.read();
    expect(initialContents).toEqual(before);
  });

  test.each(['websocket', 'polling'] as const)('a handshake by %s', async (transport) => {
    const tokens = [
      ...(await badTokens(present.user)),
      ['of a deleted user', await tokenFor(deletedSubject.user)] as const,
    ];
    for (const [what, token] of tokens) {
      const connecting = TestSocket.connect(hub.url, token ?? '', {}, {}, [transport]);
      await expect(connecting, what).rejects.toMatchObject({ code: 'unauthenticated', retryable: false });
    }
  });

  test.each(cells.filter(({ sample }) => outsiders(sample.access, absent()).length > 0))(
    '$name without permission',
    async (cell) => {
      for (const holder of outsiders(cell.sample.access, present)) {
        const request = await connected(holder);
        const isOwn = holder.sub === present.user;
        const about = (subject: Subject) =>
          request(cell, isOwn ? { ...subject, user: present.user } : subject);
        const refused = await about(present);
        expect(refused, holder.who).toMatchObject({ ok: false, error: { code: 'forbidden' } });
        expect(JSON.stringify(refused)).not.toContain(SECRET_TEXT);
        expect(await about(absent()), `${holder.who}, of what never existed`).toEqual(refused);
        expect(await about(deletedSubject), `${holder.who}, of what is gone`).toEqual(refused);
      }
    },
  );

  test('every event of a connection whose token has expired', { timeout: 120_000 }, async () => {
    const token = await tokenFor(present.user, { scope: 'feed log track service', lifetime: 3 });
    const socket = await TestSocket.connect(hub.url, token);
    onTestFinished(() => socket.close());
    let answered = 0;
    socket.raw.on('session:expired', () => {
      for (const { event, sample } of cells) {
        socket.raw.emit(event, ...sample.send(present, token), () => {
          answered += 1;
        });
      }
    });
    await until(() => !socket.raw.connected, 'the connection is closed', 60_000);
    expect([socket.otherEvents, answered]).toEqual([['session:expired'], 0]);
    await expect(TestSocket.connect(hub.url, token)).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('nothing of the subject is read, counted or changed:', () => {
  test.each(cells)('$name by others', async (cell) => {
    const subject = await world.present();
    const stored = async () =>
      (await contents.whenIdle()).filter(isInDefaultSpace).filter(concernsSubject(subject));
    const before = await stored();
    expect(before.length).toBeGreaterThan(0);
    for (const holder of bystanders(cell.sample.access, subject)) {
      const request = await connected(holder);
      const response = await request(cell, subject);
      expect(JSON.stringify(response), holder.who).not.toContain(SECRET_TEXT);
      const never = absent(holder.sub === subject.user ? holder.sub : undefined);
      expect(outcomeOf(response), holder.who).toBe(outcomeOf(await request(cell, never)));
    }
    expect(await stored()).toEqual(before);
  });

  test('auth with a token that is not valid, of another user or of another space, changes nothing', async () => {
    const socket = await hub.socket(present.user, { scope: 'feed' });
    for (const [what, token] of await badTokens(present.user)) {
      const code = token === null ? 'invalid_input' : 'unauthenticated';
      expect(await socket.request('auth', { token }), what).toMatchObject({ ok: false, error: { code } });
    }
    const deleted = await socket.request('auth', { token: await tokenFor(deletedSubject.user) });
    expect(deleted).toMatchObject({ ok: false, error: { code: 'unauthenticated' } });
    const others = [
      await tokenFor('eve'),
      await tokenFor(absent().user, { scope: 'service' }),
      await tokenFor(present.user, { space: 'blue' }),
      await tokenFor(present.user, { space: 'blue', scope: 'service' }),
    ];
    const responses = [];
    for (const token of others) responses.push(await socket.request('auth', { token }));
    for (const response of responses) {
      expect(response).toMatchObject({ ok: false, error: { code: 'forbidden' } });
      expect(response).toEqual(responses[0]);
    }
    // The socket keeps its user and permissions.
    expect(JSON.stringify(await socket.get('feed:list', {}))).toContain(present.action);
    expect(await socket.request('track', { to: present.object })).toMatchObject({
      error: { code: 'forbidden' },
    });
  });

  test('pushes go to nobody else, and nobody else can end a watch', async () => {
    const subject = await world.present();
    const { user, object } = subject;
    const ada = await hub.socket(user);
    const { watch } = await ada.get<WatchResponse>('watch', { object });
    const others = [
      await hub.socket(user, { scope: 'log track' }),
      await hub.socket('eve'),
      await hub.socket(user, { space: 'blue' }),
      await hub.socket('backend', { scope: 'service', space: 'blue' }),
    ];
    for (const other of others) await other.get('unwatch', { watch });
    for (const other of [others[2], others[3]]) await other?.get('watch', { object });
    const action = { actor: 'user:bob', verb: 'closed', targets: object, notify: [user], groupingDelay: -1 };
    await (await hub.service()).post('/v1/actions?wait=1', action);
    await ada.get('feed:read', { all: true });
    await until(() => ada.items.length > 0 && ada.watched.length > 0 && ada.counts.length > 0);
    for (const other of others) {
      // Earlier pushes arrive before the acknowledgement.
      await other.get('unwatch', { watch });
      const { items, counts, marked, removed, watched, unwatched } = other;
      expect([items, counts, marked, removed, watched, unwatched].flat()).toEqual([]);
    }
  });
});

const outcomeOf = (response: Awaited<ReturnType<Requester>>): string =>
  response.ok ? 'ok' : response.error.code;

describe('with the least permissions', () => {
  test.each(cells)('$name succeeds', async (cell) => {
    for (const { who } of insiders(cell.sample.access, present)) {
      const subject = await world.present();
      const holder = insiders(cell.sample.access, subject).find((each) => each.who === who);
      if (!holder) throw new Error(`there is nobody who is ${who}`);
      const request = await connected(holder);
      expect(await request(cell, subject), who).toMatchObject({ ok: true });
    }
  });
});
