/** Creates many trackers of one object, as the hub stores them but without a request for each. */
import mongoose from 'mongoose';
import type { StoredTracker } from '../core/model/entities.ts';
import { keyOf, trackerId } from '../core/model/keys.ts';
import { FIRST_POSITION, wallClock } from '../core/model/units.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { BenchEnvironment } from './environment.ts';

const BATCH_SIZE = 1_000;

export async function createTrackers(
  environment: BenchEnvironment,
  object: { type: string; id: string },
  users: number,
): Promise<void> {
  const connection = await mongoose
    .createConnection(environment.env.MONGODB_URI, { autoIndex: false })
    .asPromise();
  try {
    const { trackers } = await new MongoSpaces(connection, environment.env.MONGODB_URI).writer('default');
    const createdAt = wallClock();
    const tracker = (n: number): StoredTracker => {
      const user = `${object.id}-${String(n).padStart(6, '0')}`;
      return {
        id: trackerId(user, keyOf(object)),
        user,
        tracked: object,
        verbs: [],
        actorOnly: false,
        createdAt,
        since: createdAt,
      };
    };
    for (let first = 0; first < users; first += BATCH_SIZE) {
      const size = Math.min(BATCH_SIZE, users - first);
      await trackers.put(
        Array.from({ length: size }, (_, index) => tracker(first + index)),
        async () => FIRST_POSITION,
      );
    }
  } finally {
    await connection.close();
  }
}
