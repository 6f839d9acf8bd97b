import type { Models } from './models.ts';
import { mapReadErrors, type ReadOptions } from './read-options.ts';

export async function readResyncBefore(
  users: Models['users'],
  user: string,
  readOptions: ReadOptions,
): Promise<number> {
  return (await mapReadErrors(readOptions, users.findById(user).setOptions(readOptions).lean()))?.floor ?? 0;
}

export async function forceResync(
  users: Models['users'],
  userIds: readonly string[],
  position: number,
): Promise<void> {
  if (userIds.length === 0) return;
  await users.bulkWrite(
    userIds.map((_id) => ({
      updateOne: { filter: { _id }, update: { $max: { floor: position } }, upsert: true },
    })),
    { ordered: false },
  );
}
