/**
 * Keeps a process of the hub running.
 *
 *   starting --markStarted()--> running --ends--> waiting --backoff--> running …
 *      \--ends--> failed                  \--5 quick failures--> failed
 *
 * A process that ends during the start has a wrong setting, and has logged which one: it is not restarted.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { Failure } from './failure.ts';
import { type GuardedProcess, runGuarded } from './guard.ts';
import type { Log } from './log.ts';
import { formatLine } from './log-line.ts';

export interface RestartPolicy {
  /** A failure after this uptime does not count as a quick failure. */
  minUptimeMs: number;
  /** The pause before the first restart. It doubles with each quick failure. */
  backoffMs: number;
}

const DEFAULT_POLICY: RestartPolicy = { minUptimeMs: 30_000, backoffMs: 500 };
const MAX_QUICK_FAILURES = 5;

export interface SupervisedProcess {
  /** Resolves with the reason when the process has failed; otherwise it never resolves. */
  failed: Promise<Failure>;
  /** From now on the process is restarted when it ends. */
  markStarted(): void;
  stop(timeoutMs: number): Promise<void>;
}

export interface Program {
  name: string;
  command: string[];
  env: NodeJS.ProcessEnv;
}

export function supervise(program: Program, log: Log, policy = DEFAULT_POLICY): SupervisedProcess {
  const { name, command, env } = program;
  const line = (text: string) => log(`[${name}] ${formatLine(text)}`);
  const stopping = new AbortController();
  let current: GuardedProcess | undefined;
  let hasStarted = false;

  async function keepRunning(): Promise<Failure | undefined> {
    for (let failures = 0; !stopping.signal.aborted; ) {
      const startedAt = Date.now();
      current = await runGuarded({ command, env, signal: 'TERM', output: { line } });
      const code = await current.exited;
      const uptimeMs = Date.now() - startedAt;
      if (stopping.signal.aborted) return undefined;
      if (!hasStarted)
        return new Failure(`The ${name} did not start (exit code ${code}); see its output above.`);
      failures = uptimeMs < policy.minUptimeMs ? failures + 1 : 1;
      if (failures >= MAX_QUICK_FAILURES)
        return new Failure(`The ${name} failed ${failures} times in quick succession.`);
      const pause = policy.backoffMs * 2 ** (failures - 1);
      log(`The ${name} ended unexpectedly (exit code ${code}). Restarting in ${pause / 1000} s.`);
      await delay(pause, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
    return undefined;
  }

  const ended = keepRunning();
  return {
    failed: ended.then((failure) => failure ?? new Promise<never>(() => undefined)),
    markStarted() {
      hasStarted = true;
    },
    async stop(timeoutMs) {
      stopping.abort();
      await current?.stop(timeoutMs);
      await ended;
    },
  };
}
