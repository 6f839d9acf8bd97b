/**
 * Redis key names. The braces put all keys into one hash slot, which BullMQ and the scripts need in a cluster.
 * Channel names include the database number, because Redis channels ignore databases.
 */
export const PREFIX = '{hubbub}';

export const spaceKey = (space: string): string => `${PREFIX}:s:${space}`;
/** Deleted users (deleted-users.ts). */
export const deletedUsersKey = (space: string): string => `${spaceKey(space)}:deleted-users`;
/** Accepted actions that feeds are not up to date with yet, by acceptance position. */
export const pendingKey = (space: string): string => `${spaceKey(space)}:pending`;
/** The last assigned position (decision 7), the in-flight writes by position, and the users whose feeds each of them changes. */
export const clockKey = (space: string): string => `${spaceKey(space)}:clock`;
export const inFlightKey = (space: string): string => `${spaceKey(space)}:in-flight`;
export const inFlightUsersKey = (space: string): string => `${spaceKey(space)}:in-flight-users`;
/** Spaces that may have in-flight writes. */
export const inFlightSpacesKey = `${PREFIX}:in-flight-spaces`;
/** Names by the position until which they are invalidated, and how many changes of each are in progress (decision 15). */
export const invalidationsKey = (space: string): string => `${spaceKey(space)}:invalidations`;
export const invalidationCountsKey = (space: string): string => `${spaceKey(space)}:invalidation-counts`;
/** Accepted batches and actions by the caller's key, for 25 hours. */
export const batchIdempotencyKey = (space: string, key: string): string =>
  `${spaceKey(space)}:key:batch:${key}`;
export const actionIdempotencyKey = (space: string, key: string): string =>
  `${spaceKey(space)}:key:action:${key}`;
export const partitionKey = (space: string, partition: number): string =>
  `${spaceKey(space)}:partition:${partition}`;
/** Ids of dead-lettered actions. */
export const deadLetterIdsKey = (space: string): string => `${spaceKey(space)}:dead-letter-ids`;
/** Partitions that may hold entries, as `space.partition`. */
export const busyPartitionsKey = `${PREFIX}:busy-partitions`;
/** Busy partitions that wait for an idle worker, and those that workers claimed by time, as `space.partition worker`. */
export const wakeUpsKey = `${PREFIX}:wake-ups`;
export const claimsKey = `${PREFIX}:claims`;
/** Exists for the interval after a process took its turn at this job. */
export const intervalTurnKey = (job: string): string => `${PREFIX}:lock:${job}`;
/** The epoch of Redis's memory (epoch.ts). */
export const epochKey = `${PREFIX}:epoch`;
/** Workers and their heartbeat counts (presence.ts). */
export const workersKey = `${PREFIX}:workers`;
/** The backlog counters (scripts/lib/backlog-counters.lua). */
export const backlogKey = `${PREFIX}:backlog`;
/** Pending tasks by the time at which they may start, as `taskMember`, and the state of each (decision 14). */
export const pendingTasksKey = `${PREFIX}:pending-tasks`;
export const taskStatesKey = `${PREFIX}:task-states`;
/** Tasks to request once more, by time. */
export const requeuedTasksKey = `${PREFIX}:requeued-tasks`;
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
