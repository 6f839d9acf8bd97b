/**
 * Keeps one process of the hub running.
 *
 *   starting --settle()--> running --ends--> waiting --backoff--> running …
 *      \--ends--> given up            \--5 quick failures--> given up
 *
 * One that ends while the hub starts has a setting wrong, and has said which: it is not tried again.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { type Guarded, runGuarded } from './guard.ts';
import type { Log } from './log.ts';
import { readable } from './logLine.ts';

export interface Patience {
  /** Whoever lives that long before it fails is not failing in quick succession. */
  quickMs: number;
  /** The first pause before it is started again; it doubles with each quick failure. */
  backoffMs: number;
}

const PATIENCE: Patience = { quickMs: 30_000, backoffMs: 500 };
const MAX_QUICK_FAILURES = 5;

export interface Supervised {
  /** Settles when it is given up, with the reason; never otherwise. */
  givenUp: Promise<Failure>;
  /** It has started: from now on it is started again when it ends. */
  settle(): void;
  stop(withinMs: number): Promise<void>;
}

export interface Program {
  name: string;
  command: string[];
  env: NodeJS.ProcessEnv;
}

export function supervise(program: Program, log: Log, patience = PATIENCE): Supervised {
  const { name, command, env } = program;
  const line = (text: string) => log(`[${name}] ${readable(text)}`);
  const stopping = new AbortController();
  let current: Guarded | undefined;
  let settled = false;

  async function keepRunning(): Promise<Failure | undefined> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const began = Date.now();
      current = await runGuarded({ command, env, signal: 'TERM', output: { line } });
      const code = await current.exited;
      const lived = Date.now() - began;
      if (stopping.signal.aborted) return undefined;
      if (!settled) return new Failure(`The ${name} did not start (exit code ${code}); it says why above.`);
      failures = lived < patience.quickMs ? failures + 1 : 1;
      if (failures >= MAX_QUICK_FAILURES)
        return new Failure(`The ${name} failed ${failures} times in quick succession.`);
      const pause = patience.backoffMs * 2 ** (failures - 1);
      log(`The ${name} ended unexpectedly (exit code ${code}). It is started again in ${pause / 1000} s.`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return undefined;
  }

  const ended = keepRunning();
  return {
    givenUp: ended.then((failure) => failure ?? new Promise<never>(() => undefined)),
    settle() {
      settled = true;
    },
    async stop(withinMs) {
      stopping.abort();
      await current?.stop(withinMs);
      await ended;
    },
  };
}
