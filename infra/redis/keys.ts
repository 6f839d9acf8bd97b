/**
 * Names in Redis. The braces put all keys into one slot, as BullMQ and the scripts here need it in a cluster.
 * The database's number is part of channels, which Redis does not keep apart by database.
 */
export const PREFIX = '{hubbub}';

export const spaceKey = (space: string): string => `${PREFIX}:s:${space}`;
/** Users that were deleted (deleted-users.ts). */
export const deletedUsersKey = (space: string): string => `${spaceKey(space)}:deleted-users`;
/** Accepted actions that feeds are not up to date with yet, by when they were accepted. */
export const pendingKey = (space: string): string => `${spaceKey(space)}:waiting`;
/** The last position that was given out (decision 7), and the changes in flight. */
export const clockKey = (space: string): string => `${spaceKey(space)}:clock`;
export const flightKey = (space: string): string => `${spaceKey(space)}:flight`;
/** Spaces in which changes may be in flight. */
export const flyingKey = `${PREFIX}:flying`;
/** Names by the position up to which they churn, and how many still take them away (decision 15). */
export const churnKey = (space: string): string => `${spaceKey(space)}:churn`;
export const churnersKey = (space: string): string => `${spaceKey(space)}:churners`;
export const laneKey = (space: string, lane: number): string => `${spaceKey(space)}:lane:${lane}`;
/** Ids of actions that are dead letters. */
export const deadIdsKey = (space: string): string => `${spaceKey(space)}:dead:ids`;
/** Lanes that may hold entries, as `space.lane`. */
export const busyLanesKey = `${PREFIX}:lanes`;
/** There while some process does this work for all. */
export const turnKey = (work: string): string => `${PREFIX}:turn:${work}`;
/** Of Redis's memory (epoch.ts). */
export const epochKey = `${PREFIX}:epoch`;
/** Workers by how often they showed that they live (presence.ts). */
export const workersKey = `${PREFIX}:workers`;
/** The backlog's counters (account.ts). */
export const backlogKey = `${PREFIX}:backlog`;
/** Chores by when they may be begun, as `owedMember`, and what makes each of them owed (decision 14). */
export const owedKey = `${PREFIX}:owed`;
export const askedKey = `${PREFIX}:asked`;
/** Chores to be asked for once more, by when. */
export const lateKey = `${PREFIX}:late`;
/** Calls to handlers that were under way when their process last took a job, by the call (call-ledger.ts). */
export const callsKey = (job: string): string => `${PREFIX}:calls:${job}`;
/** There while a process that calls handlers lives. */
export const aliveKey = (process: string): string => `${PREFIX}:alive:${process}`;
/** Processes that died in a call, by the call; and until when handlers rest in all processes. */
export const strikesKey = `${PREFIX}:strikes`;
export const restingKey = `${PREFIX}:resting`;
/** A space holds no blank. */
export const owedMember = (space: string, chore: string): string => `${space} ${chore}`;

export const channelOf = (database: number, space: string): string => `hubbub:${database}:push:${space}`;
