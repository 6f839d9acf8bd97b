/** Creates many actions about one object, as the hub stores them but without a request for each. */
import mongoose from 'mongoose';
import type { StoredAction } from '../core/model/entities.ts';
import { asMillis, asPosition } from '../core/model/units.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { BenchEnvironment } from './environment.ts';

const BATCH_SIZE = 1_000;
const MINUTE_MS = 60_000;

/** One action per minute, by fifty actors, each about another issue. */
export async function insertActions(
  environment: BenchEnvironment,
  object: { type: string; id: string },
  actions: number,
): Promise<void> {
  const connection = await mongoose
    .createConnection(environment.env.MONGODB_URI, { autoIndex: false })
    .asPromise();
  try {
    const stores = await new MongoSpaces(connection, environment.env.MONGODB_URI).writer('default');
    const now = Date.now();
    const action = (n: number): StoredAction => {
      const timestamp = asMillis(now - (actions - n) * MINUTE_MS);
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
        version: timestamp * 1_000 + n,
      };
    };
    for (let first = 0; first < actions; first += BATCH_SIZE) {
      const size = Math.min(BATCH_SIZE, actions - first);
      const batch = Array.from({ length: size }, (_, index) => action(first + index));
      await stores.actions.insertInOrder(batch, asPosition(now * 1_000));
    }
  } finally {
    await connection.close();
  }
}
