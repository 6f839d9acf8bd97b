/**
 * A process that logs far more than the hub can process, at a fixed rate, and ignores rejections. It counts the outcomes of
 * all actions.
 */
import { Agent, request } from 'node:http';
import { constants, setPriority } from 'node:os';
import type { Problem } from '../../protocol/errors.ts';
import { HubClient } from '../client.ts';
import { type Flood, onCommand, reply } from '../messages.ts';

const BATCH = 100;
const ACTORS = 50;
const TICK_MS = 20;
/** Concurrent requests: more would only measure this process. */
const MAX_IN_FLIGHT = 256;
const REQUEST_MS = 60_000;

// It represents other machines, so the hub and the databases have priority on few cores.
setPriority(constants.priority.PRIORITY_LOW);

const { url, secret, space, object } = JSON.parse(process.env.BENCH_FLOOD ?? '{}') as Record<string, string>;
const hub = new HubClient(url ?? '', secret ?? '', space);
const agent = new Agent({ keepAlive: true, maxSockets: MAX_IN_FLIGHT });

onCommand((command) => {
  if (command.kind === 'stop') process.exit(0);
  if (command.kind === 'flood') {
    void run(command.rate, command.seconds).then((flood) => reply({ kind: 'flooded', flood }));
  }
});
reply({ kind: 'ready', url: null });

async function run(rate: number, seconds: number): Promise<Flood> {
  const flood: Flood = { sent: 0, accepted: 0, refused: 0, refusedWithoutTime: 0, failed: 0, withheld: 0 };
  const token = await hub.serviceToken();
  const started = performance.now();
  const inFlight = new Set<Promise<void>>();
  let due = 0;
  let batches = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - started) / 1_000;
      due = Math.min(elapsed, seconds) * rate;
      while ((batches + 1) * BATCH <= due) {
        batches += 1;
        if (inFlight.size >= MAX_IN_FLIGHT) {
          flood.withheld += BATCH;
          continue;
        }
        flood.sent += BATCH;
        const sending: Promise<void> = send(token, batches, flood).finally(() => inFlight.delete(sending));
        inFlight.add(sending);
      }
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  await Promise.all(inFlight);
  return flood;
}

async function send(token: string, n: number, flood: Flood): Promise<void> {
  const actions = Array.from({ length: BATCH }, (_, index) => ({
    actor: `user:flood-${(n + index) % ACTORS}`,
    verb: 'closed',
    targets: `issue:${n}`,
    related: object,
    groupingDelay: -1,
  }));
  try {
    const { status, retryAfter, code } = await post(token, JSON.stringify({ actions }));
    if (status === 202) {
      flood.accepted += BATCH;
    } else if (code === 'overloaded' || code === 'rate_limited') {
      flood.refused += BATCH;
      if (!(Number(retryAfter) > 0)) flood.refusedWithoutTime += BATCH;
    } else {
      flood.failed += BATCH;
      process.stderr.write(`flood: ${status} ${code}\n`);
    }
  } catch (error) {
    flood.failed += BATCH;
    process.stderr.write(`flood: ${String(error)}\n`);
  }
}

interface PostResult {
  status: number | undefined;
  retryAfter: string | undefined;
  code: Problem['code'] | undefined;
}

/** Uses `node:http`, because it costs a fraction of `fetch`. */
function post(token: string, body: string): Promise<PostResult> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(
      `${url}/v1/actions`,
      { method: 'POST', agent, headers, timeout: REQUEST_MS },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => {
          const problem = response.statusCode === 202 ? undefined : (JSON.parse(text) as Problem);
          resolve({
            status: response.statusCode,
            retryAfter: response.headers['retry-after'],
            code: problem?.code,
          });
        });
      },
    );
    call.once('timeout', () => call.destroy(new Error('no response in time')));
    call.once('error', reject);
    call.end(body);
  });
}
