/** A hub without servers: core on ports in memory. What a gateway or a worker would call is called here. */
import type { Principal, Scope } from '../../../core/access.ts';
import { type FanOutBounds, fanOutAll } from '../../../core/fanout.ts';
import type { FeedDeps } from '../../../core/feed/deps.ts';
import { drainLane, type IngestDeps } from '../../../core/ingest.ts';
import type { LogDeps } from '../../../core/log.ts';
import type { Stores } from '../../../core/ports/stores.ts';
import { defaultSettings, type Settings } from '../../../core/settings.ts';
import type { TrackDeps } from '../../../core/track.ts';
import { MemoryBus } from './bus.ts';
import { MemoryClock } from './clock.ts';
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

export type Deps = LogDeps & TrackDeps & FeedDeps & IngestDeps;

export class MemoryHub {
  readonly time = new TestTime();
  readonly settings: Settings;
  readonly bus = new MemoryBus();
  readonly clock = new MemoryClock(this.time.now);
  readonly queue: MemoryQueue;
  readonly fanOutQueue = new MemoryFanOutQueue();
  readonly spaces: MemorySpaces;
  readonly deps: Deps;

  constructor({ settings = {}, bounds, lanes, pause }: MemoryHubOptions = {}) {
    this.settings = { ...defaultSettings, ...settings };
    this.queue = new MemoryQueue(this.bus, this.time.now, lanes);
    this.spaces = new MemorySpaces(pause);
    this.deps = {
      queue: this.queue,
      lanes: this.queue,
      fanOutQueue: this.fanOutQueue,
      spaces: this.spaces,
      clock: this.clock,
      bus: this.bus,
      settings: this.settings,
      newId: countedIds(),
      now: this.time.now,
      bounds,
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
    });
    return {
      ...deps,
      queue: intercepted(deps.queue, before),
      lanes: intercepted(deps.lanes, before),
      fanOutQueue: intercepted(deps.fanOutQueue, before),
      clock: intercepted(deps.clock, before),
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
  async work(deps: IngestDeps = this.deps, most?: number): Promise<void> {
    for (;;) {
      const [lane] = this.queue.busy(SPACE);
      if (lane !== undefined) await drainLane(deps, SPACE, lane, most);
      else if (this.fanOutQueue.size > 0) await this.fanOut(deps);
      else return;
    }
  }

  /** Does one fan-out that was handed off, if there is one. */
  fanOut(deps: IngestDeps = this.deps): Promise<void> {
    return this.fanOutQueue.runNext(async (task, note) => {
      const stores = await deps.spaces.writer(task.space);
      const stored = await stores.actions.byIds(task.actions);
      const actions = [...stored.values()].filter((action) => action.level >= deps.settings.readableLevel);
      await fanOutAll(deps, { space: task.space, actions }, task.done, note);
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
