/**
 * A run: everything is brought up, used and harmed at the same time, left alone until it is quiet, and compared with
 * the model; then the same once more after Redis has forgotten everything.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { compareClients } from './check/clients.ts';
import { Findings } from './check/findings.ts';
import { LIMITS, Pauses } from './check/pauses.ts';
import { PROBE_USER, Probes } from './check/probes.ts';
import { untilQuiet } from './check/quiet.ts';
import { Reader } from './check/reader.ts';
import { verify } from './check/verify.ts';
import { forget } from './faults/forget.ts';
import { FaultSchedule } from './faults/schedule.ts';
import { Journal } from './journal.ts';
import { Load } from './load/load.ts';
import type { Options } from './options.ts';
import { Random } from './random.ts';
import type { Figures } from './report.ts';
import { System } from './system/system.ts';
import { listed, Tally } from './tally.ts';

const PROGRESS_MS = 10_000;
/** Of the time, for what comes after Redis has forgotten. */
const FORGET_SHARE = 0.2;
/** Unhurt, so that the first things stored are there. */
const QUIET_START_MS = 3_000;

export class Run {
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

  async go(): Promise<Figures> {
    const options = this.#options;
    const log = this.#log;
    const [tally, journal, pauses] = [this.#tally, this.#journal, this.#pauses];
    const system = await this.#timed('start', () => System.start(options, log));
    this.#system = system;
    log(`${options.gateways} gateways and ${options.workers} workers run; logs in ${system.folder}`);
    if (!system.redis.disk) log('not tried here: a full disk (it needs the right to mount)');
    if (!system.redis.clock) log('not tried here: a wrong clock of Redis (it needs libfaketime)');
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
    const isForgetting = options.faults.length === 0 || options.faults.includes('forget');
    const progress = setInterval(() => this.#progress(), PROGRESS_MS);
    try {
      await this.#part('a', milliseconds * (isForgetting ? 1 - FORGET_SHARE : 1));
      if (isForgetting) {
        const count = await forget(system, load, { journal, pauses, random: this.#random.fork('forget') });
        tally.fault('forget');
        log(`Redis has forgotten everything, ${count} waiting actions among it`);
        await this.#part('b', milliseconds * FORGET_SHARE);
      }
    } finally {
      clearInterval(progress);
    }
    for (const marker of probes.close()) this.#findings.add('lost', `probe ${marker} was never received`);
    for (const { milliseconds: took, after, what, acceptedAt, receivedAt } of pauses.above) {
      const at = new Date(acceptedAt).toISOString();
      const pause = `${took} ms of ${receivedAt - acceptedAt}, limit ${LIMITS[after]}, ${after} (${what}), accepted at ${at}`;
      if (options.isShared) log(`a pause above its limit, on a shared machine: ${pause}`);
      else this.#findings.add('pauses', pause);
    }
    for (const crash of system.crashes()) this.#findings.add('crashes', crash);
    for (const each of tally.unexpected) this.#findings.add('unexpected', each);
    return {
      options,
      tally,
      findings: this.#findings,
      pauses,
      forgotten: journal.forgotten.size,
      compared: this.#compared,
      seconds: this.#seconds,
      logs: options.keep || !this.#findings.isClean ? system.folder : null,
    };
  }

  /** Stops everything; where nothing is wrong, nothing is left. */
  async close(): Promise<void> {
    this.#load?.close();
    this.#probes?.close();
    await this.#system?.close();
    if (this.#findings.isClean && !this.#options.keep) this.#system?.removeFolder();
  }

  async #part(name: string, milliseconds: number): Promise<void> {
    const { load, probes, faults } = this.#parts();
    await this.#timed('load', async () => {
      load.start();
      probes.start(name);
      await sleep(QUIET_START_MS);
      faults.start();
      await sleep(Math.max(0, milliseconds - QUIET_START_MS));
      await faults.stop();
      await Promise.all([load.finish(), probes.stop()]);
    });
    await this.#timed('verification', () => this.#verify());
  }

  async #verify(): Promise<void> {
    const { system, load } = this.#parts();
    const left = await untilQuiet(system);
    if (left !== null) this.#findings.add('unexpected', `not done two minutes after the load: ${left}`);
    const users = [...load.cast.users, PROBE_USER];
    const { feeds, ...compared } = await verify(new Reader(system), this.#journal, users, this.#findings);
    this.#compared = compared;
    await compareClients(load, feeds, this.#findings);
    this.#log(`compared ${compared.actions} actions and ${compared.items} items`);
  }

  #parts(): { system: System; load: Load; probes: Probes; faults: FaultSchedule } {
    const [system, load, probes, faults] = [this.#system, this.#load, this.#probes, this.#faults];
    if (!system || !load || !probes || !faults) throw new Error('the run has not begun');
    return { system, load, probes, faults };
  }

  #progress(): void {
    const waits = Math.round((this.#probes?.oldest ?? 0) / 100) / 10;
    const { accepted, refused, unanswered } = this.#tally;
    this.#log(
      `accepted ${accepted}, refused ${listed(refused)}, without an answer ${unanswered}, oldest waiting ${waits} s; under way: ${this.#faults?.underWay.join(', ') || 'no fault'}`,
    );
  }

  async #timed<T>(what: keyof Figures['seconds'], work: () => Promise<T>): Promise<T> {
    const began = performance.now();
    try {
      return await work();
    } finally {
      this.#seconds[what] += Math.round((performance.now() - began) / 1_000);
    }
  }
}
