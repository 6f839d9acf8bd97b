/** Injects faults at random times, two at a time at most, every kind before any comes again. */
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
const MAX_AT_ONCE = 2;

export interface ScheduleOptions {
  system: System;
  options: Options;
  random: Random;
  tally: Tally;
  pauses: Pauses;
  log(line: string): void;
}

export class FaultSchedule {
  readonly #given: ScheduleOptions;
  readonly #kinds: Fault[];
  /** What each fault under way is about. */
  readonly #running = new Map<string, Promise<void>>();
  #stop = new AbortController();
  #schedule: Promise<void> = Promise.resolve();
  #deck: Fault[] = [];

  /** @throws Error where `--faults` names nothing there is */
  constructor(given: ScheduleOptions) {
    this.#given = given;
    const { options, system } = given;
    const all = [...processFaults, ...linkFaults, ...serviceFaults(system)];
    this.#kinds = all.filter(
      ({ kind }) => options.faults.length === 0 || options.faults.some((name) => kind.startsWith(name)),
    );
    const unknown = options.faults.filter(
      (name) => name !== 'none' && name !== 'forget' && !all.some(({ kind }) => kind.startsWith(name)),
    );
    if (unknown.length > 0) {
      const known = all.map(({ kind }) => kind).join(', ');
      throw new Error(`no fault is called ${unknown.join(' or ')}; these are: forget, ${known}`);
    }
  }

  get underWay(): string[] {
    return [...this.#running.keys()];
  }

  start(): void {
    this.#stop = new AbortController();
    this.#schedule = this.#run();
  }

  /** Ends all faults and waits until everything is whole again. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#schedule;
    await Promise.all(this.#running.values());
  }

  async #run(): Promise<void> {
    const { random, log, tally } = this.#given;
    const { signal } = this.#stop;
    const deps: FaultDeps = {
      ...this.#given,
      wait: (milliseconds) => sleep(milliseconds, undefined, { signal }).catch(() => undefined),
    };
    while (this.#kinds.length > 0 && !signal.aborted) {
      await deps.wait(random.int(GAP_MS.from, GAP_MS.to));
      if (signal.aborted || this.#running.size >= MAX_AT_ONCE) continue;
      const fault = this.#draw();
      const about = fault.choose(deps);
      if (this.#clashes(about)) {
        this.#deck.unshift(fault);
        continue;
      }
      log(`fault: ${fault.kind} (${about})`);
      tally.fault(fault.kind);
      const running = fault
        .run(deps, about)
        .catch((error: unknown) => void tally.unexpected.push(`fault ${fault.kind}: ${error}`))
        .finally(() => {
          this.#running.delete(about);
          log(`fault over: ${fault.kind} (${about})`);
        });
      this.#running.set(about, running);
    }
  }

  #draw(): Fault {
    if (this.#deck.length === 0) this.#deck = this.#given.random.shuffled(this.#kinds);
    const fault = this.#deck.pop();
    if (!fault) throw new Error('there are no faults');
    return fault;
  }

  /** A rolling restart touches every process; Redis cannot be killed twice at once. */
  #clashes(about: string): boolean {
    const all = [...this.#running.keys()];
    if (all.includes(about)) return true;
    const isProcess = (name: string) => /^(worker|gateway) \d+$/.test(name);
    if (about === 'all processes') return all.some(isProcess);
    return isProcess(about) && all.includes('all processes');
  }
}
