import type { Models } from './models.ts';
import { type ReadOptions, told } from './reads.ts';

export async function floorOf(users: Models['users'], user: string, reads: ReadOptions): Promise<number> {
  return (await told(reads, users.findById(user).setOptions(reads).lean()))?.floor ?? 0;
}

export async function raiseFloors(users: Models['users'], of: readonly string[], pos: number): Promise<void> {
  if (of.length === 0) return;
  await users.bulkWrite(
    of.map((_id) => ({ updateOne: { filter: { _id }, update: { $max: { floor: pos } }, upsert: true } })),
    { ordered: false },
  );
}
