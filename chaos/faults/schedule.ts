/** Injects faults at random times, at most two at once. Every kind is injected once before any is repeated. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pauses } from '../check/pauses.ts';
import type { Options } from '../options.ts';
import type { Random } from '../random.ts';
import type { System } from '../system/system.ts';
import type { Tally } from '../tally.ts';
import type { Fault, FaultDeps } from './fault.ts';
import { linkFaults } from './links.ts';
import { processFaults } from './processes.ts';
import { serviceFaults } from './services.ts';

const GAP_MS = { from: 1_000, to: 7_000 };
const MAX_CONCURRENT = 2;

export interface ScheduleContext {
  system: System;
  options: Options;
  random: Random;
  tally: Tally;
  pauses: Pauses;
  log(line: string): void;
}

export class FaultSchedule {
  readonly #context: ScheduleContext;
  readonly #kinds: Fault[];
  /** The targets of active faults. */
  readonly #running = new Map<string, Promise<void>>();
  #stop = new AbortController();
  #schedule: Promise<void> = Promise.resolve();
  #deck: Fault[] = [];

  /** @throws Error if `--faults` contains an unknown name */
  constructor(context: ScheduleContext) {
    this.#context = context;
    const { options, system } = context;
    const all = [...processFaults, ...linkFaults, ...serviceFaults(system)];
    this.#kinds = all.filter(
      ({ kind }) => options.faults.length === 0 || options.faults.some((name) => kind.startsWith(name)),
    );
    const unknown = options.faults.filter(
      (name) => name !== 'none' && name !== 'forget' && !all.some(({ kind }) => kind.startsWith(name)),
    );
    if (unknown.length > 0) {
      const known = all.map(({ kind }) => kind).join(', ');
      throw new Error(`unknown fault ${unknown.join(', ')}; known faults: forget, ${known}`);
    }
  }

  get activeFaults(): string[] {
    return [...this.#running.keys()];
  }

  start(): void {
    this.#stop = new AbortController();
    this.#schedule = this.#run();
  }

  /** Ends all faults and waits until everything is repaired. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#schedule;
    await Promise.all(this.#running.values());
  }

  async #run(): Promise<void> {
    const { random, log, tally } = this.#context;
    const { signal } = this.#stop;
    const deps: FaultDeps = {
      ...this.#context,
      wait: (milliseconds) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
    };
    while (this.#kinds.length > 0 && !signal.aborted) {
      await deps.wait(random.int(GAP_MS.from, GAP_MS.to));
      if (signal.aborted || this.#running.size >= MAX_CONCURRENT) continue;
      const fault = this.#draw();
      const target = fault.choose(deps);
      if (this.#clashes(target)) {
        this.#deck.unshift(fault);
        continue;
      }
      log(`fault: ${fault.kind} (${target})`);
      tally.countFault(fault.kind);
      const running = fault
        .run(deps, target)
        .catch((error: unknown) => void tally.unexpected.push(`fault ${fault.kind}: ${error}`))
        .finally(() => {
          this.#running.delete(target);
          log(`fault over: ${fault.kind} (${target})`);
        });
      this.#running.set(target, running);
    }
  }

  #draw(): Fault {
    if (this.#deck.length === 0) this.#deck = this.#context.random.shuffled(this.#kinds);
    const fault = this.#deck.pop();
    if (!fault) throw new Error('there are no faults');
    return fault;
  }

  /** A rolling restart affects every process, and Redis cannot be killed twice at once. */
  #clashes(target: string): boolean {
    const all = [...this.#running.keys()];
    if (all.includes(target)) return true;
    const isProcess = (name: string) => /^(worker|gateway) \d+$/.test(name);
    if (target === 'all processes') return all.some(isProcess);
    return isProcess(target) && all.includes('all processes');
  }
}
