/** The load of a run: all actors, users and clients. */
import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Journal } from '../journal.ts';
import type { Options } from '../options.ts';
import type { Random } from '../random.ts';
import { linkedUrl, type System } from '../system/system.ts';
import { serviceToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import { Actor, type LoadDeps } from './actor.ts';
import { BusyUser } from './busy-user.ts';
import { createParticipants, type Participants, startingTrackers } from './participants.ts';
import { Poller } from './poller.ts';
import { RawClient } from './raw-client.ts';
import { RetryingClient } from './retrying-client.ts';
import { SdkClient } from './sdk-client.ts';

const BUSY_EVERY_MS = 20_000;
const SDK_EVERY_MS = 15_000;
/** How long calls may take after the last fault. */
const FINISH_MS = 90_000;
const TRACKER_BATCH_SIZE = 500;

export interface LoadContext {
  system: System;
  options: Options;
  random: Random;
  journal: Journal;
  tally: Tally;
}

export class Load {
  readonly participants: Participants;
  readonly client: RetryingClient;
  readonly sdk: SdkClient[] = [];
  readonly raw: RawClient[] = [];
  readonly pollers: Poller[] = [];
  readonly #context: LoadContext;
  readonly #actors: Actor[];
  readonly #busy: BusyUser[];
  readonly #deps: Omit<LoadDeps, 'stopped'>;
  #stop = createStopController();
  #running: Promise<void>[] = [];

  constructor(context: LoadContext) {
    const { system, options, random, journal, tally } = context;
    this.#context = context;
    this.participants = createParticipants(options);
    this.client = new RetryingClient(() => system.gateways.map(linkedUrl), random.fork('calls'), tally);
    this.#deps = { client: this.client, participants: this.participants, journal, tally };
    const deps = this.#withStopSignal();
    this.#actors = this.participants.actors
      .filter((actor) => !this.participants.sdk.includes(actor))
      .map((actor) => new Actor(deps, actor, random.fork(`actor ${actor}`)));
    this.#busy = this.participants.busy.map((user) => new BusyUser(deps, user, random.fork(`user ${user}`)));
  }

  /** Creates the trackers, then connects the clients. */
  async open(): Promise<void> {
    const { system, random, journal } = this.#context;
    const token = await serviceToken();
    const trackerRandom = random.fork('trackers');
    const now = Date.now();
    const trackers = this.participants.users.flatMap((user) => {
      const userTrackers = startingTrackers(this.participants, trackerRandom, now);
      journal.trackers.set(user, userTrackers);
      return userTrackers.map(({ tracked, verbs, actorOnly, since }) => ({
        user,
        to: tracked,
        verbs,
        actorOnly,
        since: new Date(since).toISOString(),
      }));
    });
    for (let start = 0; start < trackers.length; start += TRACKER_BATCH_SIZE) {
      const body = { trackers: trackers.slice(start, start + TRACKER_BATCH_SIZE) };
      const result = await this.client.repeat({ method: 'POST', path: '/v1/trackers?wait=1', token, body });
      if (result.status >= 300) throw new Error(`trackers: ${JSON.stringify(result.body)}`);
    }
    const urlOf = (index: number): string => {
      const gateway = system.gateways[index % system.gateways.length];
      return gateway ? linkedUrl(gateway) : '';
    };
    const deps = this.#withStopSignal();
    for (const [index, user] of this.participants.sdk.entries()) {
      this.sdk.push(new SdkClient(deps, user, urlOf(index), random.fork(`sdk ${user}`)));
    }
    for (const [index, user] of this.participants.raw.entries()) {
      this.raw.push(new RawClient(user, urlOf(index), index % 4 === 0 ? 'polling' : 'websocket'));
    }
    for (const user of this.participants.pollers) {
      const poller = new Poller(user, this.client);
      this.pollers.push(poller);
      void poller.run();
    }
  }

  /** Starts the load, or continues it after `finish`. */
  start(): void {
    const { options, tally } = this.#context;
    const everyMs = (this.#actors.length / options.rate) * 1_000;
    this.#running = [
      ...this.#actors.map((actor) => actor.run(everyMs)),
      ...this.#busy.map((user) => user.run(BUSY_EVERY_MS)),
      ...this.sdk.map((client, index) =>
        // These users do not also mark over HTTP: otherwise the order of two marks would be unknown.
        client.run(SDK_EVERY_MS, {
          log: index % 4 === 0,
          mark: !this.participants.busy.includes(client.user) && index % 3 === 0,
        }),
      ),
    ].map((run) => run.catch((error) => void tally.unexpected.push(String(error))));
  }

  /** Starts no more calls, and waits for the responses to the others. */
  async finish(): Promise<void> {
    this.#stop.abort();
    const done = Promise.all(this.#running).then(() => true);
    const isFinished = await Promise.race([done, sleep(FINISH_MS, false, { ref: false })]);
    if (!isFinished) {
      this.#context.tally.unexpected.push(
        `calls without a response ${FINISH_MS / 1_000} s after the last fault`,
      );
      this.client.abort();
    }
    this.#stop = createStopController();
  }

  /** All actors log at once, between `finish` and `start`. Resolves when everything is accepted. */
  async burst(): Promise<void> {
    await Promise.all(this.#actors.map((actor) => actor.burst()));
  }

  /** Call it after a flush of Redis, which loses the keys. */
  forgetKeys(): void {
    for (const actor of this.#actors) actor.forgetKeys();
  }

  close(): void {
    this.#stop.abort();
    this.client.abort();
    for (const client of [...this.sdk, ...this.raw, ...this.pollers]) client.close();
  }

  #withStopSignal(): LoadDeps {
    const stopped = () => this.#stop.signal;
    return {
      ...this.#deps,
      get stopped() {
        return stopped();
      },
    };
  }
}

/** Every loop of the load listens to the signal, so it needs many listeners. */
function createStopController(): AbortController {
  const stop = new AbortController();
  setMaxListeners(0, stop.signal);
  return stop;
}
