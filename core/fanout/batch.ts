/** What a fan-out is given. */
import type { StoredAction } from '../model/entities.ts';
import type { Position } from '../model/units.ts';
import type { ConnectedUsers } from '../ports/connected-users.ts';
import type { DeletionDeps } from '../ports/deps.ts';
import type { FanOutQueue, FanOutTask } from '../ports/queue.ts';

export interface FanOutDeps extends DeletionDeps {
  fanOutQueue: FanOutQueue;
  bounds?: FanOutBounds;
}

/** A fan-out as a job of its own also delivers to connected users first. */
export interface FanOutJobDeps extends FanOutDeps {
  connectedUsers: ConnectedUsers;
}

export interface FanOutBounds {
  /** The largest audience, in trackers and in items, that is served inline. See `inlineLimits`. */
  inline: { trackers: number; items: number };
  /** Items per write, and trackers per read. */
  chunkSize: number;
  /** Chunks of trackers between two checkpoints. */
  checkpointEvery: number;
  /** Trackers that a job reads before it asks who is connected. */
  connectedFirst: number;
}

export const defaultBounds: FanOutBounds = {
  inline: { trackers: 2_000, items: 4_000 },
  chunkSize: 1_000,
  checkpointEvery: 10,
  // One page. With that, the last connected one of 3,000 followers had the item after 140 ms instead of 180 ms, of 10,000 after
  // 90 ms instead of 390 ms. Smaller audiences gain nothing, and are served inline.
  connectedFirst: 1_000,
};

/** The inline limits hold for so many actions. */
const ACTIONS_PER_LIMIT = 100;

/**
 * The inline limits of a batch. A larger batch may have a larger audience, because many small audiences cost a batch less than a job.
 * No single object may exceed the limits that way.
 */
export function inlineLimits(
  actionCount: number,
  { inline }: Pick<FanOutBounds, 'inline'> = defaultBounds,
): FanOutBounds['inline'] & { trackersOfKey: number } {
  const factor = Math.max(1, actionCount / ACTIONS_PER_LIMIT);
  return {
    trackers: Math.ceil(inline.trackers * factor),
    items: Math.ceil(inline.items * factor),
    trackersOfKey: inline.trackers,
  };
}

export interface FanOutBatch {
  space: string;
  /** Only actions with at least `readableLevel`. */
  actions: readonly StoredAction[];
  /** A position taken before the actions were read or written, and therefore before trackers are read. */
  readPosition: Position;
  /** An earlier attempt may have started with these actions. Then most items may exist already. */
  isRetry?: boolean;
  /** Positions at which this call wrote and published items already. All other existing items are published again. */
  publishedAt?: Set<Position>;
  /** Set if this batch retries `visible`. */
  visibilityRetry?: FanOutTask['visibilityRetry'];
}
