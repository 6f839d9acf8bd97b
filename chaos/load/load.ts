/** Everybody who uses the hub during a run. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../journal.ts';
import type { Options } from '../options.ts';
import type { Random } from '../random.ts';
import { linkedUrl, type System } from '../system/system.ts';
import { serviceToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import { Actor, type LoadDeps } from './actors.ts';
import { Calls } from './calls.ts';
import { type Cast, castOf, startingTrackers } from './cast.ts';
import { Poller } from './poller.ts';
import { RawClient } from './raw-client.ts';
import { SdkClient } from './sdk-client.ts';
import { BusyUser } from './users.ts';

const BUSY_EVERY_MS = 20_000;
const SDK_EVERY_MS = 15_000;
/** How long calls may take to be answered after the last fault. */
const FINISH_MS = 90_000;
const TRACKERS_AT_ONCE = 500;

export interface LoadOptions {
  system: System;
  options: Options;
  random: Random;
  journal: Journal;
  tally: Tally;
}

export class Load {
  readonly cast: Cast;
  readonly calls: Calls;
  readonly sdk: SdkClient[] = [];
  readonly raw: RawClient[] = [];
  readonly pollers: Poller[] = [];
  readonly #given: LoadOptions;
  readonly #actors: Actor[];
  readonly #busy: BusyUser[];
  readonly #deps: Omit<LoadDeps, 'stopped'>;
  #stop = newStop();
  #running: Promise<void>[] = [];

  constructor(given: LoadOptions) {
    const { system, options, random, journal, tally } = given;
    this.#given = given;
    this.cast = castOf(options);
    this.calls = new Calls(() => system.gateways.map(linkedUrl), random.fork('calls'), tally);
    this.#deps = { calls: this.calls, cast: this.cast, journal, tally };
    const deps = this.#withStop();
    this.#actors = this.cast.actors
      .filter((actor) => !this.cast.sdk.includes(actor))
      .map((actor) => new Actor(deps, actor, random.fork(`actor ${actor}`)));
    this.#busy = this.cast.busy.map((user) => new BusyUser(deps, user, random.fork(`user ${user}`)));
  }

  /** Makes the trackers, then connects the clients. */
  async open(): Promise<void> {
    const { system, random, journal } = this.#given;
    const token = await serviceToken();
    const of = random.fork('trackers');
    const now = Date.now();
    const trackers = this.cast.users.flatMap((user) => {
      const own = startingTrackers(this.cast, of, now);
      journal.trackers.set(user, own);
      return own.map(({ tracked, verbs, actorOnly, since }) => ({
        user,
        to: tracked,
        verbs,
        actorOnly,
        since: new Date(since).toISOString(),
      }));
    });
    for (let start = 0; start < trackers.length; start += TRACKERS_AT_ONCE) {
      const body = { trackers: trackers.slice(start, start + TRACKERS_AT_ONCE) };
      const answer = await this.calls.repeat({ method: 'POST', path: '/v1/trackers?wait=1', token, body });
      if (answer.status >= 300) throw new Error(`trackers: ${JSON.stringify(answer.body)}`);
    }
    const urlOf = (index: number): string => {
      const gateway = system.gateways[index % system.gateways.length];
      return gateway ? linkedUrl(gateway) : '';
    };
    const deps = this.#withStop();
    for (const [index, user] of this.cast.sdk.entries()) {
      this.sdk.push(new SdkClient(deps, user, urlOf(index), random.fork(`sdk ${user}`)));
    }
    for (const [index, user] of this.cast.raw.entries()) {
      this.raw.push(new RawClient(user, urlOf(index), index % 4 === 0 ? 'polling' : 'websocket'));
    }
    for (const user of this.cast.pollers) {
      const poller = new Poller(user, this.calls);
      this.pollers.push(poller);
      void poller.run();
    }
  }

  /** Begins, or goes on after `finish`. */
  start(): void {
    const { options, tally } = this.#given;
    const everyMs = (this.#actors.length / options.rate) * 1_000;
    this.#running = [
      ...this.#actors.map((actor) => actor.run(everyMs)),
      ...this.#busy.map((user) => user.run(BUSY_EVERY_MS)),
      ...this.sdk.map((client, index) =>
        // Those that mark are not those that mark over HTTP: which of two marks came first could not be told.
        client.run(SDK_EVERY_MS, {
          log: index % 4 === 0,
          mark: !this.cast.busy.includes(client.user) && index % 3 === 0,
        }),
      ),
    ].map((run) => run.catch((error) => void tally.unexpected.push(String(error))));
  }

  /** Begins nothing more, and waits for the answers to what was begun. */
  async finish(): Promise<void> {
    this.#stop.abort();
    const done = Promise.all(this.#running).then(() => true);
    const isDone = await Promise.race([done, sleep(FINISH_MS, false, { ref: false })]);
    if (!isDone) {
      this.#given.tally.unexpected.push(
        `calls were not answered ${FINISH_MS / 1_000} s after the last fault`,
      );
      this.calls.giveUp();
    }
    this.#stop = newStop();
  }

  /** All actors log at once, between `finish` and `start`. Returns when all of it is accepted. */
  async burst(): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.burst()));
  }

  /** Redis was emptied, and the keys with it. */
  forgetKeys(): void {
    for (const actor of this.#actors) actor.forgetKeys();
  }

  close(): void {
    this.#stop.abort();
    this.calls.giveUp();
    for (const client of [...this.sdk, ...this.raw, ...this.pollers]) client.close();
  }

  #withStop(): LoadDeps {
    const stopped = () => this.#stop.signal;
    return {
      ...this.#deps,
      get stopped() {
        return stopped();
      },
    };
  }
}

/** Every loop of the load listens to it. */
function newStop(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}
