/**
 * Keeps one process of the hub running.
 *
 *   starting --lives for 5 s--> running --ends--> waiting --backoff--> running …
 *      \--ends--> given up            \--5 quick failures--> given up
 *
 * One that ends right after its first start has a setting wrong, and has said which: it is not tried again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { type Guarded, runGuarded } from './guard.ts';
import type { Log } from './log.ts';

const SETTLED_MS = 5_000;
/** Whoever lives that long before it fails is not failing in quick succession. */
const QUICK_MS = 30_000;
const MAX_QUICK_FAILURES = 5;
const FIRST_BACKOFF_MS = 500;

export interface Supervised {
  /** Settles when it is given up, with the reason; never otherwise. */
  givenUp: Promise<Failure>;
  stop(withinMs: number): Promise<void>;
}

export interface Program {
  name: string;
  command: string[];
  env: NodeJS.ProcessEnv;
}

export function supervise(program: Program, log: Log): Supervised {
  const { name, command, env } = program;
  const line = (text: string) => log(`[${name}] ${text}`);
  const stopping = new AbortController();
  let current: Guarded | undefined;

  async function keepRunning(): Promise<Failure | undefined> {
    for (let failures = 0, first = true; !stopping.signal.aborted; first = false) {
      const began = Date.now();
      current = await runGuarded({ command, env, signal: 'TERM', output: { line } });
      const code = await current.exited;
      const lived = Date.now() - began;
      if (stopping.signal.aborted) return undefined;
      if (first && lived < SETTLED_MS)
        return new Failure(`The ${name} did not start (exit code ${code}); it says why above.`);
      failures = lived < QUICK_MS ? failures + 1 : 1;
      if (failures >= MAX_QUICK_FAILURES)
        return new Failure(`The ${name} failed ${failures} times in quick succession.`);
      const pause = FIRST_BACKOFF_MS * 2 ** (failures - 1);
      log(`The ${name} ended unexpectedly (exit code ${code}). It is started again in ${pause / 1000} s.`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return undefined;
  }

  const ended = keepRunning();
  return {
    givenUp: ended.then((failure) => failure ?? new Promise<never>(() => undefined)),
    async stop(withinMs) {
      stopping.abort();
      await current?.stop(withinMs);
      await ended;
    },
  };
}
