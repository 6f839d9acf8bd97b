/** The watchdog's thread (watchdog.ts). */
import { writeSync } from 'node:fs';
import { type Debugger, Session } from 'node:inspector';
import { workerData } from 'node:worker_threads';
import { Redis } from 'ioredis';
import { CurrentCall } from './current-call.ts';
import { endText, noteText, restField } from './redis/call-ledger.ts';
import { restingKey } from './redis/keys.ts';
import { SCOPE, type WatchdogData } from './watchdog.ts';

const CHECK_MS = 500;
/**
 * Checks without a sign of life, after which a handler is looked for, and after which the process is killed in any case.
 * Checks and not time: a process that is stopped as a whole, or starved, misses both alike.
 */
const LOOKED_FOR = 20;
const KILLED = 60;
const REST_MS = 15 * 60_000;
/** For Redis to take what is written before the end. */
const LAST_WORDS_MS = 2_000;

/** A call that is under way at two looks in a row is noted: most take microseconds, and exhausting memory takes longer. */
const LOOK_MS = 10;

const { beats, call, redisUrl, name } = workerData as WatchdogData;
let last = -1;
let missed = 0;

setInterval(() => {
  const now = Atomics.load(beats, 0);
  missed = now === last ? missed + 1 : 0;
  last = now;
  if (missed === LOOKED_FOR) lookForHandler();
  if (missed >= KILLED) end({}, 'killed the process: its main thread stood still');
}, CHECK_MS);

const current = new CurrentCall(call);
let seen = -1;
let noted: { turn: number; name: string } | null = null;
let ledger: Redis | undefined;

setInterval(() => {
  const { turn, name: under } = current.read();
  if (noted && noted.turn !== turn) {
    void endText(connected(), noted.name).catch(() => undefined);
    noted = null;
  }
  if (under !== null && turn === seen && !noted) {
    noted = { turn, name: under };
    void noteText(connected(), under, current.process).catch(() => undefined);
  }
  seen = turn;
}, LOOK_MS);

function connected(): Redis {
  ledger ??= new Redis(redisUrl).on('error', () => undefined);
  return ledger;
}

/** Stops the main thread where it is, and asks there. A call into the operating system cannot be stopped. */
function lookForHandler(): void {
  const session = new Session();
  session.connectToMainThread();
  session.on('Debugger.paused', ({ params: { callFrames } }) => {
    const [frame] = callFrames;
    const resume = () => {
      session.post('Debugger.resume');
      session.disconnect();
    };
    if (!frame) return resume();
    const expression = `globalThis[Symbol.for('${SCOPE}')]()`;
    const ask = { callFrameId: frame.callFrameId, expression, returnByValue: true };
    session.post(
      'Debugger.evaluateOnCallFrame',
      ask,
      (error, answer: Debugger.EvaluateOnCallFrameReturnType) => {
        const about: unknown = error ? null : JSON.parse(String(answer.result.value ?? 'null'));
        if (!isAbout(about)) return resume();
        const stack = callFrames.map(
          ({ functionName, url, location }) =>
            `${functionName || 'anonymous'} ${url}:${location.lineNumber + 1}`,
        );
        void rest(about).finally(() => end({ ...about, stack }, 'killed the process: a handler blocked it'));
      },
    );
  });
  session.post('Debugger.enable');
  session.post('Debugger.pause');
}

async function rest({ verb, part }: { verb: string; part: string }): Promise<void> {
  const redis = new Redis(redisUrl, { lazyConnect: true, maxRetriesPerRequest: 1 });
  redis.on('error', () => undefined);
  const written = redis.hset(restingKey, restField(verb, part), Date.now() + REST_MS);
  await Promise.race([written, new Promise((resolve) => setTimeout(resolve, LAST_WORDS_MS))]);
}

/** As the process logs, which it cannot do any more. */
function end(fields: object, msg: string): void {
  const line = { level: 60, time: Date.now(), pid: process.pid, name: `hubbub.${name}`, ...fields, msg };
  writeSync(1, `${JSON.stringify(line)}\n`);
  process.kill(process.pid, 'SIGKILL');
}

const isAbout = (value: unknown): value is { verb: string; part: string; action: string } =>
  typeof value === 'object' && value !== null && 'verb' in value && 'part' in value;
