/**
 * Names in Redis. The braces put all keys into one slot, as BullMQ and the scripts here need it in a cluster.
 * The database's number is part of channels, which Redis does not keep apart by database.
 */
export const PREFIX = '{hubbub}';

export const spaceKey = (space: string): string => `${PREFIX}:s:${space}`;
export const pendingKey = (space: string): string => `${spaceKey(space)}:pending`;
export const laneKey = (space: string, lane: number): string => `${spaceKey(space)}:lane:${lane}`;
/** Entries that no worker can handle, kept for a person to look at. */
export const deadKey = (space: string): string => `${spaceKey(space)}:dead`;
/** Lanes that may hold entries, as `space.lane`. */
export const busyLanesKey = `${PREFIX}:lanes`;

export const channelOf = (database: number, space: string): string => `hubbub:${database}:push:${space}`;
