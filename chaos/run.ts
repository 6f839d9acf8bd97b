/**
 * A run: starts the system, puts it under load and injects faults, waits until it is idle, and compares it with the model.
 * Then it does the same once more after a flush of Redis.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareClients } from './check/clients.ts';
import { Findings } from './check/findings.ts';
import { HubReader } from './check/hub-reader.ts';
import { waitUntilIdle } from './check/idle.ts';
import { LIMITS, Pauses } from './check/pauses.ts';
import { PROBE_USER, Probes } from './check/probes.ts';
import { verify } from './check/verify.ts';
import { flushRedis } from './faults/redis-flush.ts';
import { FaultSchedule } from './faults/schedule.ts';
import { Journal } from './journal.ts';
import { Load } from './load/load.ts';
import type { Options } from './options.ts';
import { Random } from './random.ts';
import type { RunResult } from './report.ts';
import { System } from './system/system.ts';
import { formatCounts, Tally } from './tally.ts';

const PROGRESS_MS = 10_000;
/** The share of the time after the flush of Redis. */
const FORGET_SHARE = 0.2;
/** Without faults, so that some data is stored first. */
const FAULT_FREE_START_MS = 3_000;

export class ChaosRun {
  readonly #options: Options;
  readonly #log: (line: string) => void;
  readonly #tally = new Tally();
  readonly #findings = new Findings();
  readonly #pauses: Pauses;
  readonly #journal = new Journal();
  readonly #random: Random;
  readonly #seconds = { start: 0, load: 0, verification: 0 };
  #compared = { actions: 0, items: 0 };
  #system: System | undefined;
  #load: Load | undefined;
  #probes: Probes | undefined;
  #faults: FaultSchedule | undefined;

  constructor(options: Options, log: (line: string) => void) {
    this.#options = options;
    this.#log = log;
    this.#random = new Random(options.seed);
    this.#pauses = new Pauses({ gateways: options.gateways });
  }

  async run(): Promise<RunResult> {
    const options = this.#options;
    const log = this.#log;
    const [tally, journal, pauses] = [this.#tally, this.#journal, this.#pauses];
    const system = await this.#timed('start', () => System.start(options, log));
    this.#system = system;
    log(`${options.gateways} gateways and ${options.workers} workers run; logs in ${system.folder}`);
    if (!system.redis.disk) log('skipping full-disk faults: no permission to mount');
    if (!system.redis.clock) log('skipping Redis clock faults: libfaketime not found');
    const load = new Load({ system, options, random: this.#random, journal, tally });
    this.#load = load;
    await this.#timed('start', () => load.open());
    const probes = new Probes({ system, journal, tally, pauses }, this.#random.fork('probes'));
    this.#probes = probes;
    const faults = new FaultSchedule({
      system,
      options,
      random: this.#random.fork('faults'),
      tally,
      pauses,
      log,
    });
    this.#faults = faults;
    const milliseconds = options.minutes * 60_000;
    const includesForget = options.faults.length === 0 || options.faults.includes('forget');
    const progress = setInterval(() => this.#progress(), PROGRESS_MS);
    try {
      await this.#runPhase('a', milliseconds * (includesForget ? 1 - FORGET_SHARE : 1));
      if (includesForget) {
        const count = await flushRedis(system, load, {
          journal,
          pauses,
          random: this.#random.fork('forget'),
        });
        tally.countFault('forget');
        log(`flushed Redis, ${count} pending actions lost`);
        await this.#runPhase('b', milliseconds * FORGET_SHARE);
      }
    } finally {
      clearInterval(progress);
    }
    for (const marker of probes.close()) this.#findings.add('lost', `probe ${marker} was never received`);
    for (const { milliseconds: waited, after, what, acceptedAt, receivedAt } of pauses.overLimit) {
      const at = new Date(acceptedAt).toISOString();
      const pause = `${waited} ms of ${receivedAt - acceptedAt}, limit ${LIMITS[after]}, ${after} (${what}), accepted at ${at}`;
      if (options.isShared) log(`pause over its limit, on a shared machine: ${pause}`);
      else this.#findings.add('pauses', pause);
    }
    for (const crash of system.crashes()) this.#findings.add('crashes', crash);
    for (const each of tally.unexpected) this.#findings.add('unexpected', each);
    return {
      options,
      tally,
      findings: this.#findings,
      pauses,
      possiblyLost: journal.possiblyLost.size,
      compared: this.#compared,
      seconds: this.#seconds,
      logs: options.keep || !this.#findings.isClean ? system.folder : null,
    };
  }

  /** Stops everything. Removes all files if there are no findings. */
  async close(): Promise<void> {
    this.#load?.close();
    this.#probes?.close();
    await this.#system?.close();
    if (this.#findings.isClean && !this.#options.keep) this.#system?.removeFolder();
  }

  async #runPhase(phase: string, milliseconds: number): Promise<void> {
    const { load, probes, faults } = this.#components();
    await this.#timed('load', async () => {
      load.start();
      probes.start(phase);
      await sleep(FAULT_FREE_START_MS);
      faults.start();
      await sleep(Math.max(0, milliseconds - FAULT_FREE_START_MS));
      await faults.stop();
      await Promise.all([load.finish(), probes.stop()]);
    });
    await this.#timed('verification', () => this.#verify());
  }

  async #verify(): Promise<void> {
    const { system, load } = this.#components();
    const backlog = await waitUntilIdle(system);
    if (backlog !== null)
      this.#findings.add('unexpected', `still busy two minutes after the load: ${backlog}`);
    const users = [...load.participants.users, PROBE_USER];
    const { feeds, ...compared } = await verify(new HubReader(system), this.#journal, users, this.#findings);
    this.#compared = compared;
    await compareClients(load, feeds, this.#findings);
    this.#log(`compared ${compared.actions} actions and ${compared.items} items`);
  }

  #components(): { system: System; load: Load; probes: Probes; faults: FaultSchedule } {
    const [system, load, probes, faults] = [this.#system, this.#load, this.#probes, this.#faults];
    if (!system || !load || !probes || !faults) throw new Error('the run has not started');
    return { system, load, probes, faults };
  }

  #progress(): void {
    const oldestWait = Math.round((this.#probes?.oldestWaitMs ?? 0) / 100) / 10;
    const { accepted, refused, unanswered } = this.#tally;
    this.#log(
      `accepted ${accepted}, refused ${formatCounts(refused)}, no response ${unanswered}, oldest pending ${oldestWait} s; active faults: ${this.#faults?.activeFaults.join(', ') || 'none'}`,
    );
  }

  async #timed<T>(what: keyof RunResult['seconds'], work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds[what] += Math.round((performance.now() - startedAt) / 1_000);
    }
  }
}
