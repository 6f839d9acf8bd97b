/**
 * A process that logs far more than the hub can take, at a fixed rate, and goes on whatever it is told. It counts what
 * became of every action.
 */
import { Agent, request } from 'node:http';
import { constants, setPriority } from 'node:os';
import type { Problem } from '../../protocol/errors.ts';
import { HubClient } from '../client.ts';
import { type Flood, onQuestion, tell } from '../messages.ts';

const BATCH = 100;
const ACTORS = 50;
const TICK_MS = 20;
/** Requests under way at once: more would only measure this process. */
const MAX_UNDER_WAY = 256;
const REQUEST_MS = 60_000;

// It stands for machines elsewhere: where cores are few, the hub and the databases go first.
setPriority(constants.priority.PRIORITY_LOW);

const { url, secret, space, object } = JSON.parse(process.env.BENCH_FLOOD ?? '{}') as Record<string, string>;
const hub = new HubClient(url ?? '', secret ?? '', space);
const agent = new Agent({ keepAlive: true, maxSockets: MAX_UNDER_WAY });

onQuestion((question) => {
  if (question.kind === 'stop') process.exit(0);
  if (question.kind === 'flood') {
    void run(question.rate, question.seconds).then((flood) => tell({ kind: 'flooded', flood }));
  }
});
tell({ kind: 'ready', url: null });

async function run(rate: number, seconds: number): Promise<Flood> {
  const flood: Flood = { sent: 0, accepted: 0, refused: 0, refusedWithoutTime: 0, failed: 0, withheld: 0 };
  const token = await hub.service();
  const started = performance.now();
  const underWay = new Set<Promise<void>>();
  let due = 0;
  let batches = 0;
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = (performance.now() - started) / 1_000;
      due = Math.min(elapsed, seconds) * rate;
      while ((batches + 1) * BATCH <= due) {
        batches += 1;
        if (underWay.size >= MAX_UNDER_WAY) {
          flood.withheld += BATCH;
          continue;
        }
        flood.sent += BATCH;
        const sending: Promise<void> = send(token, batches, flood).finally(() => underWay.delete(sending));
        underWay.add(sending);
      }
      if (elapsed < seconds) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
  await Promise.all(underWay);
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

interface Posted {
  status: number | undefined;
  retryAfter: string | undefined;
  code: Problem['code'] | undefined;
}

/** By `node:http`, which costs this process a fraction of what `fetch` does. */
function post(token: string, body: string): Promise<Posted> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const call = request(
      `${url}/v1/actions`,
      { method: 'POST', agent, headers, timeout: REQUEST_MS },
      (answer) => {
        let text = '';
        answer.setEncoding('utf8');
        answer.on('data', (chunk: string) => {
          text += chunk;
        });
        answer.once('error', reject);
        answer.once('end', () => {
          const problem = answer.statusCode === 202 ? undefined : (JSON.parse(text) as Problem);
          resolve({
            status: answer.statusCode,
            retryAfter: answer.headers['retry-after'],
            code: problem?.code,
          });
        });
      },
    );
    call.once('timeout', () => call.destroy(new Error('no answer in time')));
    call.once('error', reject);
    call.end(body);
  });
}
