/**
 * Redis key names. The prefix of a shard is in braces, so all its keys are in one slot of a cluster, which BullMQ and the scripts
 * need (decision 52). Channel names include the database number, because Redis channels ignore databases.
 */
export const PREFIX = '{hubbub}';

/** A part of what the hub keeps in Redis, and the names of its keys. */
export class Shard {
  readonly prefix: string;

  constructor(prefix: string) {
    this.prefix = prefix;
  }

  /** Of the keys of BullMQ. */
  get queuePrefix(): string {
    return `${this.prefix}:q`;
  }

  spaceKey(space: string): string {
    return `${this.prefix}:s:${space}`;
  }

  /** Deleted users (deleted-users.ts). */
  deletedUsersKey(space: string): string {
    return `${this.spaceKey(space)}:deleted-users`;
  }

  /** Accepted actions that feeds are not up to date with yet, by acceptance position. */
  pendingKey(space: string): string {
    return `${this.spaceKey(space)}:pending`;
  }

  /** The last assigned position (decision 7). */
  clockKey(space: string): string {
    return `${this.spaceKey(space)}:clock`;
  }

  /** The in-flight writes by position, and the users whose feeds each of them changes. */
  inFlightKey(space: string): string {
    return `${this.spaceKey(space)}:in-flight`;
  }

  inFlightUsersKey(space: string): string {
    return `${this.spaceKey(space)}:in-flight-users`;
  }

  /** Spaces that may have in-flight writes. */
  get inFlightSpacesKey(): string {
    return `${this.prefix}:in-flight-spaces`;
  }

  /** Names by the position until which they are invalidated, and how many changes of each are in progress (decision 15). */
  invalidationsKey(space: string): string {
    return `${this.spaceKey(space)}:invalidations`;
  }

  invalidationCountsKey(space: string): string {
    return `${this.spaceKey(space)}:invalidation-counts`;
  }

  /** Accepted batches and actions by the caller's key, for 25 hours. */
  batchIdempotencyKey(space: string, key: string): string {
    return `${this.spaceKey(space)}:key:batch:${key}`;
  }

  actionIdempotencyKey(space: string, key: string): string {
    return `${this.spaceKey(space)}:key:action:${key}`;
  }

  partitionKey(space: string, partition: number): string {
    return `${this.spaceKey(space)}:partition:${partition}`;
  }

  /** Replies of gateways to one request (replies.ts). */
  repliesKey(space: string, reply: string): string {
    return `${this.spaceKey(space)}:replies:${reply}`;
  }

  /** Ids of dead-lettered actions. */
  deadLetterIdsKey(space: string): string {
    return `${this.spaceKey(space)}:dead-letter-ids`;
  }

  /** Partitions that may hold entries, as `space.partition`. */
  get busyPartitionsKey(): string {
    return `${this.prefix}:busy-partitions`;
  }

  /** Busy partitions that wait for an idle worker, and those that workers claimed by time, as `space.partition worker`. */
  get wakeUpsKey(): string {
    return `${this.prefix}:wake-ups`;
  }

  get claimsKey(): string {
    return `${this.prefix}:claims`;
  }

  /** The epoch of the shard (epoch.ts). */
  get epochKey(): string {
    return `${this.prefix}:epoch`;
  }

  /** The backlog counters (scripts/lib/backlog-counters.lua). */
  get backlogKey(): string {
    return `${this.prefix}:backlog`;
  }

  /** Pending tasks by the time at which they may start, as `taskMember`, and the state of each (decision 14). */
  get pendingTasksKey(): string {
    return `${this.prefix}:pending-tasks`;
  }

  get taskStatesKey(): string {
    return `${this.prefix}:task-states`;
  }

  /** Tasks to request once more, by time. */
  get requeuedTasksKey(): string {
    return `${this.prefix}:requeued-tasks`;
  }

  /** Spaces by the time at which their next snoozed item is due, and those that a worker claimed (snooze-ends.ts). */
  get snoozeEndsKey(): string {
    return `${this.prefix}:snooze-ends`;
  }

  get snoozeClaimsKey(): string {
    return `${this.prefix}:snooze-claims`;
  }

  /** A sharded channel of a cluster. */
  channelName(space: string): string {
    return `${this.prefix}:push:${space}`;
  }

  /** When the bucket of a rate is full again (rates.ts). */
  rateKey(rate: string): string {
    return `${this.prefix}:rate:${rate}`;
  }
}

/** Exists however many shards there are. What belongs to processes and not to spaces is here. */
export const FIRST_SHARD = new Shard(PREFIX);

/** Exists for the interval after a process took its turn at this job. */
export const intervalTurnKey = (job: string): string => `${PREFIX}:lock:${job}`;
/** Workers and their heartbeat counts (presence.ts). */
export const workersKey = `${PREFIX}:workers`;
/** Handler calls in progress when their process took the job (call-ledger.ts). */
export const handlerCallsKey = (job: string): string => `${PREFIX}:handler-calls:${job}`;
/** Exists while a process that calls handlers is alive. */
export const heartbeatKey = (process: string): string => `${PREFIX}:heartbeat:${process}`;
/** Process deaths per handler call, and until when circuits are open in all processes. */
export const handlerDeathsKey = `${PREFIX}:handler-deaths`;
export const openCircuitsKey = `${PREFIX}:open-circuits`;
/** Space names contain no space character. */
export const taskMember = (space: string, task: string): string => `${space} ${task}`;

export const channelName = (database: number, space: string): string => `hubbub:${database}:push:${space}`;
