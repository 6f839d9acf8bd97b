/**
 * Every call of the HTTP API, first by all callers without permission, then by those with it. The calls, their permissions and
 * an example of each come from the definitions of the operations; `test/support/access` adds variants.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import type { CallDescription } from '../../server/operations/operation.ts';
import { allCalls } from '../../server/operations/operations.ts';
import { bystanders, concernsSubject, insiders, outsiders, type Subject } from '../support/access/access.ts';
import { badTokens } from '../support/access/bad-tokens.ts';
import { type HttpRequest, type HttpSample, httpSamples } from '../support/access/http-samples.ts';
import { openMatrixFixture } from '../support/access/matrix-fixture.ts';
import { isInDefaultSpace, type StoredContents } from '../support/access/stored-contents.ts';
import { absent, SECRET_TEXT, type SubjectFactory } from '../support/access/subject-factory.ts';
import type { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';

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
  } = await openMatrixFixture());
});
afterAll(() => close());

interface Cell {
  name: string;
  operation: CallDescription;
  sample: HttpSample;
}

const cells: Cell[] = allCalls.flatMap((operation) =>
  (httpSamples[operation.id] ?? []).map((sample) => ({
    name: [operation.id, sample.what].filter(Boolean).join(', '),
    operation,
    sample,
  })),
);
/** Calls below `/v1` need a token. */
const needsToken = ({ path }: CallDescription): boolean => path.startsWith('/v1/');
const callsWithToken = cells.filter(({ operation }) => needsToken(operation));

interface Disclosure {
  status: number;
  text: string;
  /** Without headers that differ between responses. */
  headers: Record<string, string>;
}

async function send(
  { method, path }: CallDescription,
  request: HttpRequest,
  token: string | null,
): Promise<Disclosure> {
  const { params = {}, query = {}, body, headers } = request;
  const address = path.replaceAll(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''));
  const search = Object.keys(query).length > 0 ? `?${new URLSearchParams(query)}` : '';
  const response = await fetch(hub.url + address + search, {
    method: method.toUpperCase(),
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const exposedHeaders = Object.fromEntries(response.headers);
  for (const name of ['date', 'ratelimit']) delete exposedHeaders[name];
  return { status: response.status, text: await response.text(), headers: exposedHeaders };
}

const codeOf = ({ text }: Disclosure): string => (JSON.parse(text) as Problem).code;

test('exactly the calls below /v1 need a token', () => {
  for (const { operation, sample } of cells)
    expect(sample.access === 'anybody', operation.id).toBe(!needsToken(operation));
});

test.each(cells.filter(({ operation }) => !needsToken(operation)))(
  '$name is open to everyone, with any token',
  async ({ operation, sample }) => {
    for (const [what, token] of await badTokens('ada'))
      expect((await send(operation, sample.request(present), token)).status, what).toBe(200);
  },
);

describe('a refused call stores, changes and pushes nothing:', () => {
  afterEach(async () => {
    const before = initialContents;
    // Keeps later tests independent of a failure here.
    initialContents = await contents.read();
    expect(initialContents).toEqual(before);
  });

  test.each(callsWithToken)('$name without a valid token', async ({ operation, sample }) => {
    const tokens = [
      ...(await badTokens(present.user)),
      ['of a deleted user', await tokenFor(deletedSubject.user)] as const,
    ];
    for (const [what, token] of tokens) {
      for (const subject of [present, absent()]) {
        const refused = await send(operation, sample.request(subject), token);
        expect([refused.status, codeOf(refused)], what).toEqual([401, 'unauthenticated']);
        expect(refused.text).not.toContain(SECRET_TEXT);
      }
    }
  });

  test.each(callsWithToken.filter(({ sample }) => outsiders(sample.access, absent()).length > 0))(
    '$name without permission',
    async ({ operation, sample }) => {
      for (const { who, sub, claims } of outsiders(sample.access, present)) {
        const token = await tokenFor(sub, claims);
        const isOwn = sub === present.user;
        const about = (subject: Subject) =>
          send(operation, sample.request(isOwn ? { ...subject, user: present.user } : subject), token);
        const refused = await about(present);
        expect([refused.status, codeOf(refused)], who).toEqual([403, 'forbidden']);
        expect(refused.text).not.toContain(SECRET_TEXT);
        expect(await about(absent()), `${who}, of what never existed`).toEqual(refused);
        expect(await about(deletedSubject), `${who}, of what is gone`).toEqual(refused);
      }
    },
  );
});

describe('nothing of the subject is read, counted or changed:', () => {
  test.each(callsWithToken)('$name by others', async ({ operation, sample }) => {
    const subject = await world.present();
    const stored = async () =>
      (await contents.whenIdle()).filter(isInDefaultSpace).filter(concernsSubject(subject));
    const before = await stored();
    expect(before.length).toBeGreaterThan(0);
    for (const { who, sub, claims } of bystanders(sample.access, subject)) {
      const token = await tokenFor(sub, claims);
      const reply = await send(operation, sample.request(subject), token);
      expect(reply.text, who).not.toContain(SECRET_TEXT);
      const never = absent(sub === subject.user ? sub : undefined);
      expect(reply.status, who).toBe((await send(operation, sample.request(never), token)).status);
    }
    expect(await stored()).toEqual(before);
  });
});

describe('with the least permissions', () => {
  test.each(callsWithToken)('$name succeeds', async ({ operation, sample }) => {
    for (const { who } of insiders(sample.access, present)) {
      const subject = await world.present();
      const holder = insiders(sample.access, subject).find((each) => each.who === who);
      const token = await tokenFor(holder?.sub ?? '', holder?.claims);
      const { status, text } = await send(operation, sample.request(subject), token);
      expect(Object.keys(operation.responses).map(Number), `${who}: ${text}`).toContain(status);
      expect(status).toBeLessThan(300);
    }
  });
});
