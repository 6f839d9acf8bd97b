/**
 * 20,000 inputs that no client should send: over HTTP, over sockets, and below them. None may be answered with a fault of the
 * hub, remain without an answer, or leave anything behind once it was refused; and the gateway must live, within its memory.
 * The inputs follow from a seed, which a failure prints; `HUBBUB_FUZZ_SEED` sets another one.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { Contents } from '../support/access/contents.ts';
import { frames, polling, tcpBytes } from '../support/hostile/frame-inputs.ts';
import { httpInput } from '../support/hostile/http-inputs.ts';
import { marked, markedSubject, markOf, marksIn } from '../support/hostile/marking.ts';
import { RawClient } from '../support/hostile/raw-client.ts';
import {
  DEADLINE_MS,
  sendBytes,
  sendEvent,
  sendFrames,
  sendHttp,
  sendPolling,
} from '../support/hostile/senders.ts';
import { socketInput } from '../support/hostile/socket-inputs.ts';
import { Ledger, type Verdict } from '../support/hostile/verdicts.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.HUBBUB_FUZZ_SEED ?? 20_261_129);
const AT_ONCE = 16;
/** Resident memory of the gateway, in MB. */
const MAX_MEMORY = 512;

let hub: HubProcesses;
let url: string;
let service: string;
let contents: Contents;
const ledger = new Ledger();
const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE });
let sent = 0;
let memory = 0;
beforeAll(async () => {
  hub = await HubProcesses.start({
    gateways: 1,
    workers: 1,
    settings: {
      NODE_OPTIONS: '--max-old-space-size=384',
      // What comes in is to be refused for what it is, not for how much there is of it.
      HUBBUB_RATE_LIMIT: 'log=1000000/s, call=1000000/s',
      HUBBUB_RATE_LIMIT_FAILURES: '10000000',
      HUBBUB_MAX_CONNECTIONS_ADDRESS: '100000',
      HUBBUB_MAX_CONNECTIONS_USER: '100000',
      HUBBUB_MAX_TRACKERS: '1000000',
    },
  });
  [url = ''] = hub.urls;
  service = await serviceToken();
  contents = await Contents.of(hub.services);
  await new Api(url, await tokenFor('ada')).get('/v1/users/ada/feed');
  await contents.knowDeletedUsers();
}, 240_000);
afterAll(async () => {
  agent.destroy();
  await contents.close();
  await hub.close();
});

/** Generates inputs a part at a time, for some are large, and sends some of them at once. */
async function tryAll<T>(
  count: number,
  inputs: fc.Arbitrary<T>,
  send: (input: T, slot: number, index: number) => Promise<Verdict>,
): Promise<void> {
  const PART = 250;
  for (let done = 0; done < count; done += PART) {
    const some = fc.sample(inputs, { seed: SEED + done, numRuns: Math.min(PART, count - done) });
    const queue = [...some.entries()];
    const slots = Array.from({ length: AT_ONCE }, async (_, slot) => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const [at, template] = next;
        const index = sent + at;
        const mark = markOf(index);
        const input = marked(template, mark);
        const verdict = await judged(() => send(input, slot, index));
        ledger.note(mark, input, verdict);
      }
    });
    await Promise.all(slots);
    sent += some.length;
    memory = Math.max(memory, await residentMemory());
  }
}

/** What became of an input. Only what remains unavailable is a fault. */
async function judged(send: () => Promise<Verdict>): Promise<Verdict> {
  try {
    for (let attempts = 0; attempts < 10; attempts += 1) {
      const verdict = await send();
      if (verdict.outcome !== 'unavailable') return verdict;
    }
    return { outcome: 'unknown', fault: 'remains unavailable' };
  } catch (error) {
    return { outcome: 'unknown', fault: `fails: ${String(error)}` };
  }
}

async function residentMemory(): Promise<number> {
  const status = await readFile(`/proc/${hub.gateways[0]?.child.pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}

afterEach(() => {
  expect(ledger.faults.splice(0).slice(0, 5), `with the seed ${SEED}`).toEqual([]);
  expect([hub.gateways[0]?.child.exitCode, hub.workers[0]?.child.exitCode]).toEqual([null, null]);
  expect(memory).toBeLessThan(MAX_MEMORY);
  const errors = [...hub.gateways, ...hub.workers].flatMap(({ logged }) => logged.splice(0)).filter(isError);
  expect(errors.slice(0, 5), `with the seed ${SEED}`).toEqual([]);
});

/** What the hub itself takes for its own fault. */
const isError = ({ level }: Record<string, unknown>): boolean => Number(level) >= 50;

const timeout = 600_000;

test('8,000 requests over HTTP', { timeout }, async () => {
  await tryAll(8_000, httpInput(markedSubject()), async (input, _slot, index) => {
    const token = index % 2 === 0 ? service : await tokenFor(`u-${markOf(index)}`);
    return sendHttp(url, agent, input, token);
  });
});

test('7,000 events over sockets', { timeout }, async () => {
  const user = await tokenFor('ada');
  const clients = Array.from(
    { length: AT_ONCE },
    (_, slot) => new RawClient(url, slot % 2 === 0 ? service : user, DEADLINE_MS),
  );
  await tryAll(7_000, socketInput(markedSubject('ada')), (input, slot) => {
    const client = clients[slot];
    if (!client) throw new Error('there is no such slot');
    return sendEvent(client, input);
  });
  for (const client of clients) await client.close();
});

test('3,000 sequences of frames', { timeout }, async () => {
  const user = await tokenFor('ada');
  await tryAll(3_000, frames, async (input, _slot, index) => {
    const client = new RawClient(url, user, DEADLINE_MS);
    try {
      return await sendFrames(client, input, index % 2 === 0);
    } finally {
      await client.close();
    }
  });
});

test('1,000 requests of long polling', { timeout }, async () => {
  const handshake = `40{"token":"${await tokenFor('ada')}"}`;
  await tryAll(1_000, polling, (input, _slot, index) => sendPolling(url, input, handshake, index % 2 === 0));
});

test('1,000 TCP connections', { timeout }, async () => {
  await tryAll(1_000, tcpBytes, (bytes) =>
    sendBytes(url, Buffer.from(bytes.toString('latin1').replace('TOKEN', service), 'latin1')),
  );
});

test('nothing that was refused is stored, and nothing failed', { timeout }, async () => {
  expect(sent).toBe(20_000);
  // Most are refused; those that are not were stored, so that marks are found at all.
  expect(ledger.counts.refused).toBeGreaterThan(5_000);
  expect(ledger.counts.accepted).toBeGreaterThan(500);
  const stored = await until(
    async () => {
      const now = await contents.read();
      return !now.some((entry) => entry.includes(':waiting ')) && now;
    },
    'everything accepted is handled',
    120_000,
  );
  const marks = marksIn(stored);
  expect(marks.size).toBeGreaterThan(100);
  expect([...marks].filter((mark) => ledger.refused.has(mark))).toEqual([]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});
