/** Many actions about one object, written as the hub writes them but without a request for each. */
import mongoose from 'mongoose';
import type { StoredAction } from '../core/model.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { Place } from './place.ts';

const CHUNK = 1_000;
const MINUTE_MS = 60_000;

/** One action a minute, by fifty actors, each about an issue of its own. */
export async function happened(
  place: Place,
  object: { type: string; id: string },
  actions: number,
): Promise<void> {
  const connection = await mongoose.createConnection(place.env.MONGODB_URI, { autoIndex: false }).asPromise();
  try {
    const stores = await new MongoSpaces(connection, place.env.MONGODB_URI).writer('default');
    const now = Date.now();
    const action = (n: number): StoredAction => {
      const timestamp = now - (actions - n) * MINUTE_MS;
      return {
        id: `${object.id}-${String(n).padStart(8, '0')}`,
        actor: { type: 'user', id: `actor-${n % 50}` },
        verb: 'closed',
        targets: [{ type: 'issue', id: `${object.id}-${n}`, name: `Fix ${n}` }],
        related: [object],
        level: 30,
        data: { title: `Fix ${n}` },
        timestamp,
        updatedAt: timestamp,
        count: 1,
        notify: [],
        rev: timestamp * 1_000 + n,
      };
    };
    for (let first = 0; first < actions; first += CHUNK) {
      const size = Math.min(CHUNK, actions - first);
      const some = Array.from({ length: size }, (_, index) => action(first + index));
      await stores.actions.insertInOrder(some, now * 1_000);
    }
  } finally {
    await connection.close();
  }
}
