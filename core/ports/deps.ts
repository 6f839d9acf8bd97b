/** What the core needs from outside. Each operation takes a part of it. */
import type { Settings } from '../settings.ts';
import type { Bus } from './bus.ts';
import type { Now, PositionClock } from './clock.ts';
import type { Displays } from './displays.ts';
import type { EventLog } from './events.ts';
import type { Handlers } from './handlers.ts';
import type { Invalidations } from './invalidations.ts';
import type { ActionQueue } from './queue.ts';
import type { SnoozeEnds } from './snooze-ends.ts';
import type { StepRunner } from './steps.ts';
import type { Spaces } from './stores.ts';
import type { PendingTasks } from './tasks.ts';

export type NewId = () => string;

export interface CoreDeps {
  spaces: Spaces;
  clock: PositionClock;
  invalidations: Invalidations;
  bus: Bus;
  queue: ActionQueue;
  tasks: PendingTasks;
  snoozeEnds: SnoozeEnds;
  settings: Settings;
  handlers: Handlers;
  eventLog: EventLog;
  displays: Displays;
  newId: NewId;
  now: Now;
  /** Origins that users without the service scope may link to. Relative URLs are always allowed. */
  linkOrigins: readonly string[];
  /** The maximum number of trackers per user. */
  trackersPerUser: number;
  /** Runs the preparation of a large batch in steps. Default: without pauses. */
  inSteps?: StepRunner;
}

export type ActionsDeps = Pick<CoreDeps, 'spaces' | 'clock' | 'settings' | 'handlers'>;
export type DisplayDeps = Pick<CoreDeps, 'displays'>;
export type FeedDeps = ActionsDeps & Pick<CoreDeps, 'invalidations' | 'bus' | 'newId'>;
export type DeletionDeps = FeedDeps & Pick<CoreDeps, 'tasks'>;
export type LogDeps = Pick<
  CoreDeps,
  'queue' | 'settings' | 'handlers' | 'linkOrigins' | 'newId' | 'now' | 'inSteps'
>;
export type TrackDeps = FeedDeps & LogDeps & Pick<CoreDeps, 'tasks' | 'trackersPerUser'>;
export type EventDeps = Pick<CoreDeps, 'spaces' | 'settings' | 'eventLog' | 'linkOrigins' | 'newId' | 'now'>;
