/** The watchdog thread (watchdog.ts). */
import { writeSync } from 'node:fs';
import { type Debugger, Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { CurrentCall } from './current-call.ts';
import { createLogger } from './log.ts';
import { circuitField, recordBegin, recordEnd, TEXT_CALLS_JOB } from './redis/call-ledger.ts';
import { connectRedis, type RedisClient } from './redis/connect.ts';
import { openCircuitsKey } from './redis/keys.ts';
import { SCOPE_SYMBOL, type WatchdogData } from './watchdog.ts';

const CHECK_MS = 500;
/**
 * Checks without a heartbeat after which the thread looks for a blocking handler, and after which it kills the process anyway.
 * It counts checks instead of time, because a process that is suspended or starved of CPU runs neither thread.
 */
const INSPECT_AFTER_MISSED = 20;
const KILL_AFTER_MISSED = 60;
const CIRCUIT_OPEN_MS = 15 * 60_000;
/** How long a write to Redis may take before the process is killed. */
const FLUSH_MS = 2_000;

/** A call that two consecutive samples find is recorded. Most calls take microseconds; one that exhausts memory takes longer. */
const SAMPLE_MS = 10;

const { beats, call, redisUrl, name } = workerData as WatchdogData;
let lastBeat = -1;
let missed = 0;

setInterval(() => {
  const now = Atomics.load(beats, 0);
  missed = now === lastBeat ? missed + 1 : 0;
  lastBeat = now;
  if (missed === INSPECT_AFTER_MISSED) inspectMainThread();
  if (missed >= KILL_AFTER_MISSED) killProcess({}, 'killing process: main thread is blocked');
}, CHECK_MS);

const current = new CurrentCall(call);
let lastSequence = -1;
let recorded: { sequence: number; name: string } | null = null;
let ledger: RedisClient | undefined;

setInterval(() => {
  const { sequence, name: callName } = current.read();
  if (recorded && recorded.sequence !== sequence) {
    void recordEnd(getLedger(), TEXT_CALLS_JOB, recorded.name).catch(() => undefined);
    recorded = null;
  }
  if (callName !== null && sequence === lastSequence && !recorded) {
    recorded = { sequence, name: callName };
    void recordBegin(getLedger(), TEXT_CALLS_JOB, callName, current.process).catch(() => undefined);
  }
  lastSequence = sequence;
}, SAMPLE_MS);

function getLedger(): RedisClient {
  ledger ??= connect();
  return ledger;
}

/** The main thread logs outages. */
const connect = (): RedisClient => connectRedis(redisUrl, createLogger(name, 'silent'));

/** Pauses the main thread and evaluates the scope there. A call into the operating system cannot be paused. */
function inspectMainThread(): void {
  const session = new Session();
  session.connectToMainThread();
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const [frame] = callFrames;
    const resume = () => {
      session.post('Debugger.resume');
      session.disconnect();
    };
    if (!frame) return resume();
    const expression = `globalThis[Symbol.for('${SCOPE_SYMBOL}')]()`;
    const params = { callFrameId: frame.callFrameId, expression, returnByValue: true };
    session.post(
      'Debugger.evaluateOnCallFrame',
      params,
      (error, response: Debugger.EvaluateOnCallFrameReturnType) => {
        const handlerCall: unknown = error ? null : JSON.parse(String(response.result.value ?? 'null'));
        if (!isHandlerCall(handlerCall)) return resume();
        const stack = callFrames.map(
          ({ functionName, url, location }) =>
            `${functionName || 'anonymous'} ${url}:${location.lineNumber + 1}`,
        );
        void openCircuit(handlerCall).finally(() =>
          killProcess({ ...handlerCall, stack }, 'killing process: handler blocks the main thread'),
        );
      },
    );
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

async function openCircuit({ verb, part }: { verb: string; part: string }): Promise<void> {
  const written = connect().hset(openCircuitsKey, circuitField(verb, part), Date.now() + CIRCUIT_OPEN_MS);
  await Promise.race([written, new Promise((resolve) => setTimeout(resolve, FLUSH_MS))]);
}

/** Writes the log line in the format of the process's logger, which is blocked. */
function killProcess(fields: object, msg: string): void {
  const line = { level: 60, time: Date.now(), pid: process.pid, name: `hubbub.${name}`, ...fields, msg };
  writeSync(1, `${JSON.stringify(line)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

const isHandlerCall = (value: unknown): value is { verb: string; part: string; action: string } =>
  typeof value === 'object' && value !== null && 'verb' in value && 'part' in value;
