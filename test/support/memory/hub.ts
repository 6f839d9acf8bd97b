/** A hub without servers: core on ports in memory. What a gateway or a worker would call is called here. */
import type { Principal, Scope } from '../../../core/access.ts';
import type { EventDeps } from '../../../core/events.ts';
import { type FanOutBounds, fanOutTask } from '../../../core/fanout.ts';
import { repairAbandoned } from '../../../core/feed/abandoned.ts';
import type { FeedDeps } from '../../../core/feed/deps.ts';
import { type HandlerFault, SettingsHandlers } from '../../../core/handlers.ts';
import { drainLane, type IngestDeps } from '../../../core/ingest.ts';
import type { LogDeps } from '../../../core/log.ts';
import type { Chores } from '../../../core/ports/queue.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { defaultSettings, type Settings } from '../../../core/settings.ts';
import type { TrackDeps } from '../../../core/trackers/deps.ts';
import { doChore, type UpkeepDeps } from '../../../core/upkeep.ts';
import { MemoryBus } from './bus.ts';
import { MemoryChores } from './chores.ts';
import { MemoryChurn } from './churn.ts';
import { MemoryClock } from './clock.ts';
import { MemoryEventLog } from './events.ts';
import { MemoryFanOutQueue } from './fanout-queue.ts';
import { type BeforeCall, intercepted } from './intercept.ts';
import type { Pause } from './pause.ts';
import { MemoryQueue } from './queue.ts';
import { MemorySpaces, type MemoryStores } from './spaces.ts';
import { countedIds, TestTime } from './time.ts';

export const SPACE = 'default';

export interface MemoryHubOptions {
  settings?: Partial<Settings>;
  bounds?: FanOutBounds;
  lanes?: number;
  pause?: Pause;
}

export type Deps = EventDeps & LogDeps & TrackDeps & FeedDeps & IngestDeps & { chores: Chores };

export class MemoryHub {
  readonly time = new TestTime();
  readonly settings: Settings;
  readonly bus = new MemoryBus();
  readonly clock = new MemoryClock(this.time.now);
  readonly churn = new MemoryChurn(this.clock);
  readonly chores = new MemoryChores(this.bus, this.time.now, (space) => this.clock.take(space));
  readonly queue: MemoryQueue;
  readonly fanOutQueue = new MemoryFanOutQueue(this.time.now);
  readonly eventLog = new MemoryEventLog();
  readonly spaces: MemorySpaces;
  readonly deps: Deps;
  /** What runs of chores left for those after them. */
  readonly #noted = new Map<string, { text: string; stamp: number }>();
  readonly faults: Array<Parameters<HandlerFault>[0]> = [];

  constructor({ settings = {}, bounds, lanes, pause }: MemoryHubOptions = {}) {
    this.settings = { ...defaultSettings, ...settings };
    this.queue = new MemoryQueue(
      this.bus,
      this.time.now,
      this.chores,
      (space) => this.clock.take(space),
      lanes,
    );
    this.spaces = new MemorySpaces(pause);
    this.deps = {
      queue: this.queue,
      lanes: this.queue,
      chores: this.chores,
      fanOutQueue: this.fanOutQueue,
      eventLog: this.eventLog,
      linkOrigins: ['https://app.example.com'],
      spaces: this.spaces,
      clock: this.clock,
      churn: this.churn,
      bus: this.bus,
      settings: this.settings,
      handlers: new SettingsHandlers(this.settings, (fault) => this.faults.push(fault)),
      newId: countedIds(),
      now: this.time.now,
      bounds,
      trackersPerUser: 10_000,
    };
  }

  get stores(): MemoryStores {
    return this.spaces.reader(SPACE);
  }

  /** The hub's parts as one process sees them: `before` is told of every call to a port. */
  process(before: BeforeCall): Deps {
    const { deps } = this;
    const withStores = (stores: Stores): Stores => ({
      actions: intercepted(stores.actions, before),
      trackers: intercepted(stores.trackers, before),
      feeds: intercepted(stores.feeds, before),
      objects: intercepted(stores.objects, before),
      events: intercepted(stores.events, before),
      deadLetters: intercepted(stores.deadLetters, before),
    });
    return {
      ...deps,
      queue: intercepted(deps.queue, before),
      lanes: intercepted(deps.lanes, before),
      chores: intercepted(deps.chores, before),
      fanOutQueue: intercepted(deps.fanOutQueue, before),
      clock: intercepted(deps.clock, before),
      churn: intercepted(deps.churn, before),
      bus: intercepted(deps.bus, before),
      spaces: {
        reader: (space) => withStores(deps.spaces.reader(space)),
        writer: async (space) => {
          await before('writer');
          return withStores(await deps.spaces.writer(space));
        },
      },
    };
  }

  /** Does all the workers have to do, in lanes and off them. */
  async work(deps: IngestDeps & UpkeepDeps = this.deps, most?: number): Promise<void> {
    await repairAbandoned(deps);
    for (;;) {
      const [lane] = this.queue.busy(SPACE);
      if (lane !== undefined) await drainLane(deps, SPACE, lane, most);
      else if (this.fanOutQueue.size > 0) await this.fanOut(deps);
      else if (this.chores.due(SPACE).length > 0) await this.chore(deps);
      else return;
    }
  }

  /** Does the chore that is due the longest, if there is one. */
  async chore(deps: UpkeepDeps = this.deps): Promise<void> {
    const [name] = this.chores.due(SPACE);
    const owed = name === undefined ? null : await this.chores.take(SPACE, name);
    if (!owed) return;
    const noted = this.#noted.get(owed.name);
    await doChore(deps, SPACE, owed, {
      earlier: noted ? { text: noted.text, isSame: noted.stamp === owed.stamp } : null,
      note: async (text) => void this.#noted.set(owed.name, { text, stamp: owed.stamp }),
    });
    this.#noted.delete(owed.name);
    await deps.chores.done(SPACE, owed);
  }

  /** Does one fan-out that was handed off, if there is one. */
  fanOut(deps: IngestDeps = this.deps): Promise<void> {
    return this.fanOutQueue.runNext(async (task, again, note) => {
      await fanOutTask(deps, task, again, note);
      await deps.lanes.settle(task.space, task.actions);
    });
  }
}

/** The holder of a token that may do everything of its own (`sub`), or anything (`service`). */
export function principal(sub: string, scopes: Scope[] = ['feed', 'log', 'track']): Principal {
  return {
    sub,
    space: SPACE,
    scopes: new Set(scopes),
    objects: { exact: new Set(), prefixes: [''] },
    verbs: null,
    expiresAt: Number.MAX_SAFE_INTEGER,
  };
}

export const service: Principal = principal('backend', ['service']);
