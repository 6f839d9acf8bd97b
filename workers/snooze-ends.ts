/**
 * Returns snoozed items to the inbox when they are due (decision 55). Every worker looks each second. The times in Redis say in
 * which spaces, and follow from the database: each worker reads them again when it starts, when Redis lost its data, and now and
 * then, in case Redis lost only the last of them.
 */
import { type EndSnoozesDeps, endDueSnoozes } from '../core/feed/write/end-snoozes.ts';
import type { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { Shards } from '../infra/redis/shards.ts';
import type { RedisSnoozeEnds } from '../infra/redis/snooze-ends.ts';

/** Spaces whose items return at the same time. */
const CONCURRENCY = 8;

interface SnoozeWorkerDeps extends EndSnoozesDeps {
  snoozeEnds: RedisSnoozeEnds;
  spaces: MongoSpaces;
}

/** Returns the due items of all spaces. @throws AggregateError of the spaces that failed, which another attempt finds again */
export async function pollSnoozeEnds(deps: SnoozeWorkerDeps, shards: Shards): Promise<void> {
  const claimed = await Promise.all(shards.all.map((shard) => deps.snoozeEnds.claim(shard, deps.now())));
  const spaces = claimed.flat();
  const errors: unknown[] = [];
  const endNext = async (): Promise<void> => {
    for (let space = spaces.pop(); space !== undefined; space = spaces.pop()) {
      try {
        await endDueSnoozes(deps, space);
        await deps.snoozeEnds.release(space);
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, endNext));
  if (errors.length > 0) throw new AggregateError(errors, 'snoozed items could not return to the inbox');
}

/** Reads from the database when the next snoozed item of each space is due. */
export async function reloadSnoozeEnds({ spaces, snoozeEnds }: SnoozeWorkerDeps): Promise<void> {
  for await (const { space, until } of spaces.nextSnoozeEnds()) await snoozeEnds.add(space, until);
}
