/**
 * Every call of the HTTP API, tried by everybody who may not make it, then by those who may. The calls come from the table that
 * the API's description is made of, which a unit test compares with the routes; who may make them from
 * `test/support/access`, where a new call needs an entry.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Problem } from '../../protocol/errors.ts';
import { needsToken, type Operation } from '../../server/openapi/operation.ts';
import { operations } from '../../server/openapi/operations.ts';
import { bystanders, insiders, isOf, outsiders, type Subject } from '../support/access/access.ts';
import { badTokens } from '../support/access/bad-tokens.ts';
import { type Contents, isInDefault } from '../support/access/contents.ts';
import { type HttpRequest, type HttpSample, httpSamples } from '../support/access/http-samples.ts';
import { openStage } from '../support/access/stage.ts';
import { absent, SECRET_TEXT, type World } from '../support/access/world.ts';
import type { TestHub } from '../support/hub.ts';
import { tokenFor } from '../support/tokens.ts';

let hub: TestHub;
let world: World;
let contents: Contents;
let present: Subject;
let gone: Subject;
let held: string[];
let close: () => Promise<void>;
beforeAll(async () => {
  ({ hub, world, contents, present, gone, held, close } = await openStage());
});
afterAll(() => close());

interface Cell {
  name: string;
  operation: Operation;
  sample: HttpSample;
}

const cells: Cell[] = operations.flatMap((operation) =>
  (httpSamples[operation.id] ?? []).map((sample) => ({
    name: [operation.id, sample.what].filter(Boolean).join(', '),
    operation,
    sample,
  })),
);
const guarded = cells.filter(({ operation }) => needsToken(operation));

interface Told {
  status: number;
  text: string;
  /** Without those that differ from answer to answer. */
  headers: Record<string, string>;
}

async function send({ method, path }: Operation, request: HttpRequest, token: string | null): Promise<Told> {
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
  const told = Object.fromEntries(response.headers);
  for (const name of ['date', 'ratelimit']) delete told[name];
  return { status: response.status, text: await response.text(), headers: told };
}

const codeOf = ({ text }: Told): string => (JSON.parse(text) as Problem).code;

test('every call has an entry', () => {
  expect(Object.keys(httpSamples).sort()).toEqual(operations.map(({ id }) => id).sort());
  for (const { operation, sample } of cells)
    expect(sample.access === 'anybody', operation.id).toBe(!needsToken(operation));
});

test.each(cells.filter(({ operation }) => !needsToken(operation)))(
  '$name is open to anybody, whatever the token',
  async ({ operation, sample }) => {
    for (const [what, token] of await badTokens('ada'))
      expect((await send(operation, sample.request(present), token)).status, what).toBe(200);
  },
);

describe('nothing is stored, changed or told where a call is refused:', () => {
  afterEach(async () => {
    const before = held;
    // So that the next test fails for its own calls only.
    held = await contents.read();
    expect(held).toEqual(before);
  });

  test.each(guarded)('$name without a valid token', async ({ operation, sample }) => {
    const tokens = [
      ...(await badTokens(present.user)),
      ['of a deleted user', await tokenFor(gone.user)] as const,
    ];
    for (const [what, token] of tokens) {
      for (const subject of [present, absent()]) {
        const refused = await send(operation, sample.request(subject), token);
        expect([refused.status, codeOf(refused)], what).toEqual([401, 'unauthenticated']);
        expect(refused.text).not.toContain(SECRET_TEXT);
      }
    }
  });

  test.each(guarded.filter(({ sample }) => outsiders(sample.access, absent()).length > 0))(
    '$name by who may not',
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
        expect(await about(gone), `${who}, of what is gone`).toEqual(refused);
      }
    },
  );
});

describe('nothing of the subject is read, counted or changed:', () => {
  test.each(guarded)('$name by others', async ({ operation, sample }) => {
    const subject = await world.present();
    const stored = async () => (await contents.settled()).filter(isInDefault).filter(isOf(subject));
    const before = await stored();
    expect(before.length).toBeGreaterThan(0);
    for (const { who, sub, claims } of bystanders(sample.access, subject)) {
      const token = await tokenFor(sub, claims);
      const answer = await send(operation, sample.request(subject), token);
      expect(answer.text, who).not.toContain(SECRET_TEXT);
      const never = { ...absent(), ...(sub === subject.user && { user: sub }) };
      expect(answer.status, who).toBe((await send(operation, sample.request(never), token)).status);
    }
    expect(await stored()).toEqual(before);
  });
});

describe('with no more than it needs', () => {
  test.each(guarded)('$name succeeds', async ({ operation, sample }) => {
    for (const { who } of insiders(sample.access, present)) {
      const subject = await world.present();
      const holder = insiders(sample.access, subject).find((each) => each.who === who);
      const token = await tokenFor(holder?.sub ?? '', holder?.claims);
      const { status, text } = await send(operation, sample.request(subject), token);
      expect(Object.keys(operation.answers).map(Number), `${who}: ${text}`).toContain(status);
      expect(status).toBeLessThan(300);
    }
  });
});
