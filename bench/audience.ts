/** Many trackers of one object, written as the hub writes them but without a request for each. */
import mongoose from 'mongoose';
import { keyOf, trackerId } from '../core/keys.ts';
import type { StoredTracker } from '../core/model.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { Place } from './place.ts';

const CHUNK = 1_000;

export async function track(
  place: Place,
  object: { type: string; id: string },
  users: number,
): Promise<void> {
  const connection = await mongoose.createConnection(place.env.MONGODB_URI, { autoIndex: false }).asPromise();
  try {
    const { trackers } = await new MongoSpaces(connection, place.env.MONGODB_URI).writer('default');
    const createdAt = Date.now();
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
    for (let first = 0; first < users; first += CHUNK) {
      const size = Math.min(CHUNK, users - first);
      await trackers.put(
        Array.from({ length: size }, (_, index) => tracker(first + index)),
        async () => 0,
      );
    }
  } finally {
    await connection.close();
  }
}
