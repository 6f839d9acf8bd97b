/**
 * A gateway with 384 MB of heap is attacked from 200 connections at once, in every way in which a peer can use memory or time.
 * It must survive, stay below 512 MB, and respond to probes. The attackers run in a separate process, so that their work does
 * not count as the gateway's.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as after } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FeedPage } from '../../protocol/entities.ts';
import { attacks } from '../support/hostile/attacks.ts';
import { Api } from '../support/http.ts';
import { HubProcesses } from '../support/processes.ts';
import { serviceToken, tokenFor } from '../support/tokens.ts';
import { until } from '../support/until.ts';

const CONNECTIONS = 200;
/** Resident memory, in MB. */
const MAX_MEMORY = 512;
/** The limit of a probe's time; on a slow machine, a multiple of the time of another gateway that is not attacked. */
const MAX_PROBE_MS = 500;
const MAX_SLOWDOWN = 40;
/** The duration of each attack; it holds its resources until the end. */
const ATTACK_MS = 5_000;

let hub: HubProcesses;
let url: string;
/** Of the gateway that is not attacked. */
let quietUrl: string;
let pid: number;
/** One token per connection, each of another user: limits per user must not protect the gateway. */
let tokens: string[];
beforeAll(async () => {
  hub = await HubProcesses.start({
    gateways: 2,
    workers: 1,
    settings: {
      NODE_OPTIONS: '--max-old-space-size=384',
      // Nor must the limit per address.
      HUBBUB_MAX_CONNECTIONS_ADDRESS: '1000',
    },
  });
  [url = '', quietUrl = ''] = hub.urls;
  pid = hub.gateways[0]?.child.pid ?? 0;
  tokens = await Promise.all(Array.from({ length: CONNECTIONS }, (_, index) => tokenFor(`eve-${index}`)));
  const service = new Api(url, await serviceToken());
  // Makes the first page of every user as large as possible.
  const notify = tokens.map((_, index) => `eve-${index}`);
  const text = 'x'.repeat(50_000);
  for (let count = 0; count < 20; count += 1) {
    const action = { actor: 'user:bob', verb: 'wrote', groupingDelay: -1, notify, text };
    await service.post(`/v1/actions${count === 19 ? '?wait=1' : ''}`, action);
  }
}, 240_000);
afterAll(() => hub.close());

test.each([...attacks.keys()])('the gateway withstands %s', { timeout: 180_000 }, async (name) => {
  const honest = new Api(url, await tokenFor('ada'));
  const attacker = spawn(process.execPath, ['--import', 'tsx', 'test/support/hostile/attacker.ts', name], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  attacker.stdin.end(JSON.stringify({ url, tokens }));
  try {
    const { memory, probeMs, quietMs } = await watch();
    expect(memory).toBeLessThan(MAX_MEMORY);
    expect(probeMs).toBeLessThan(Math.max(MAX_PROBE_MS, MAX_SLOWDOWN * quietMs));
    expect([attacker.exitCode, hub.gateways[0]?.child.exitCode]).toEqual([null, null]);
  } finally {
    const exited = once(attacker, 'exit');
    attacker.kill('SIGKILL');
    await exited;
  }
  await until(
    async () => (await honest.get<FeedPage>('/v1/users/ada/feed')).status === 200,
    'the gateway works as before',
  );
});

/** Peak memory and p95 of the probes, of both gateways: on few cores the attackers slow down both. */
async function watch(): Promise<{ memory: number; probeMs: number; quietMs: number }> {
  const [probes, baseline]: [number[], number[]] = [[], []];
  let memory = 0;
  const end = Date.now() + ATTACK_MS;
  while (Date.now() < end || probes.length < 40) {
    probes.push(await probe(url));
    baseline.push(await probe(quietUrl));
    memory = Math.max(memory, await residentMemory());
    await after(50);
  }
  return { memory, probeMs: mostOf(probes), quietMs: mostOf(baseline) };
}

async function probe(of: string): Promise<number> {
  const startedAt = performance.now();
  expect((await fetch(`${of}/healthz`)).status).toBe(200);
  return performance.now() - startedAt;
}

function mostOf(probes: number[]): number {
  const sorted = [...probes].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length * 0.95)] ?? 0;
}

async function residentMemory(): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1_024;
}
