/**
 * 20,000 invalid inputs: over HTTP, over sockets, and on lower protocol levels. None may cause an internal error, stay without
 * a response, or store anything if it was rejected. The gateway must survive within its memory limit. The inputs depend on a
 * seed, which a failure prints; `HUBBUB_FUZZ_SEED` sets another one.
 */
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:http';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StoredContents } from '../support/access/stored-contents.ts';
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
import { type Verdict, VerdictLog } from '../support/hostile/verdicts.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const SEED = Number(process.env.HUBBUB_FUZZ_SEED ?? 20_261_129);
const BATCH_SIZE = 16;
/** Resident memory of the gateway, in MB. */
const MAX_MEMORY = 512;

let hub: HubProcesses;
let url: string;
let service: string;
let contents: StoredContents;
const ledger = new VerdictLog();
const agent = new Agent({ keepAlive: true, maxSockets: BATCH_SIZE });
let sent = 0;
let memory = 0;
beforeAll(async () => {
  hub = await HubProcesses.start({
    gateways: 1,
    workers: 1,
    settings: {
      NODE_OPTIONS: '--max-old-space-size=384',
      // Inputs must be rejected because they are invalid, not because of a rate limit.
      HUBBUB_RATE_LIMIT: 'log=1000000/s, call=1000000/s',
      HUBBUB_RATE_LIMIT_FAILURES: '10000000',
      HUBBUB_MAX_CONNECTIONS_ADDRESS: '100000',
      HUBBUB_MAX_CONNECTIONS_USER: '100000',
      HUBBUB_MAX_TRACKERS: '1000000',
    },
  });
  [url = ''] = hub.urls;
  service = await serviceToken();
  contents = await StoredContents.of(hub.services);
  await new Api(url, await tokenFor('ada')).get('/v1/users/ada/feed');
  await contents.knowDeletedUsers();
}, 240_000);
afterAll(async () => {
  agent.destroy();
  await contents.close();
  await hub.close();
});

/** Generates inputs in chunks, because some are large, and sends several of them at once. */
async function sendAll<T>(
  count: number,
  inputs: fc.Arbitrary<T>,
  send: (input: T, slot: number, index: number) => Promise<Verdict>,
): Promise<void> {
  const PART = 250;
  for (let done = 0; done < count; done += PART) {
    const some = fc.sample(inputs, { seed: SEED + done, numRuns: Math.min(PART, count - done) });
    const queue = [...some.entries()];
    const slots = Array.from({ length: BATCH_SIZE }, async (_, slot) => {
      for (let next = queue.pop(); next; next = queue.pop()) {
        const [at, template] = next;
        const index = sent + at;
        const mark = markOf(index);
        const input = marked(template, mark);
        const verdict = await sendWithRetry(() => send(input, slot, index));
        ledger.record(mark, input, verdict);
      }
    });
    await Promise.all(slots);
    sent += some.length;
    memory = Math.max(memory, await residentMemory());
  }
}

/** The outcome of an input. Only a lasting `unavailable` is a fault. */
async function sendWithRetry(send: () => Promise<Verdict>): Promise<Verdict> {
  try {
    for (let attempts = 0; attempts < 10; attempts += 1) {
      const verdict = await send();
      if (verdict.outcome !== 'unavailable') return verdict;
    }
    return { outcome: 'unknown', fault: 'remains unavailable' };
  } catch (error) {
    return { outcome: 'unknown', fault: `fails: ${inspect(error)}` };
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

/** Whether the hub logged it as an error. */
const isError = ({ level }: Record<string, unknown>): boolean => Number(level) >= 50;

const timeout = 600_000;

test('the hub withstands 8,000 requests over HTTP', { timeout }, async () => {
  await sendAll(8_000, httpInput(markedSubject()), async (input, _slot, index) => {
    const token = index % 2 === 0 ? service : await tokenFor(`u-${markOf(index)}`);
    return sendHttp(url, agent, input, token);
  });
});

test('the hub withstands 7,000 events over sockets', { timeout }, async () => {
  const user = await tokenFor('ada');
  const clients = Array.from(
    { length: BATCH_SIZE },
    (_, slot) => new RawClient(url, slot % 2 === 0 ? service : user, DEADLINE_MS),
  );
  await sendAll(7_000, socketInput(markedSubject('ada')), (input, slot) => {
    const client = clients[slot];
    if (!client) throw new Error('there is no such slot');
    return sendEvent(client, input);
  });
  for (const client of clients) await client.close();
});

test('the hub withstands 3,000 sequences of frames', { timeout }, async () => {
  const user = await tokenFor('ada');
  await sendAll(3_000, frames, async (input, _slot, index) => {
    const client = new RawClient(url, user, DEADLINE_MS);
    try {
      return await sendFrames(client, input, index % 2 === 0);
    } finally {
      await client.close();
    }
  });
});

test('the hub withstands 1,000 requests of long polling', { timeout }, async () => {
  const handshake = `40{"token":"${await tokenFor('ada')}"}`;
  await sendAll(1_000, polling, (input, _slot, index) => sendPolling(url, input, handshake, index % 2 === 0));
});

test('the hub withstands 1,000 TCP connections', { timeout }, async () => {
  await sendAll(1_000, tcpBytes, (bytes) =>
    sendBytes(url, Buffer.from(bytes.toString('latin1').replace('TOKEN', service), 'latin1')),
  );
});

test('nothing that was refused is stored, and nothing failed', { timeout }, async () => {
  expect(sent).toBe(20_000);
  // Most are rejected. Some are stored, which proves that marks are found.
  expect(ledger.counts.refused).toBeGreaterThan(5_000);
  expect(ledger.counts.accepted).toBeGreaterThan(500);
  const stored = await until(
    async () => {
      const now = await contents.read();
      return !now.some((entry) => entry.includes(':pending ')) && now;
    },
    'everything accepted is processed',
    120_000,
  );
  const marks = marksIn(stored);
  expect(marks.size).toBeGreaterThan(100);
  expect([...marks].filter((mark) => ledger.refused.has(mark))).toEqual([]);
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
});
