import { mongo } from 'mongoose';
import type { Items } from './document.ts';

/** Former versions moved the user of a removed item to the field `removedFrom`, and had an index of it. */
const FORMER_INDEX = 'removedFrom_1_pos_1__id_1';
const INDEX_NOT_FOUND = 27;
const BATCH_SIZE = 5_000;

/** Gives the removed items of former versions their user back. Their index shows whether there are any, and finds them. */
export async function upgradeRemovedItems({ collection }: Items): Promise<void> {
  if (!(await collection.indexExists(FORMER_INDEX))) return;
  const restoreUser = [{ $set: { user: '$removedFrom' } }, { $unset: 'removedFrom' }];
  for (;;) {
    // In batches: one command for a large space would take longer than the driver waits.
    const former = { removedFrom: { $exists: true } };
    const docs = await collection.find(former, { projection: { _id: 1 }, limit: BATCH_SIZE }).toArray();
    if (docs.length === 0) break;
    await collection.updateMany({ _id: { $in: docs.map(({ _id }) => _id) }, ...former }, restoreUser);
  }
  try {
    await collection.dropIndex(FORMER_INDEX);
  } catch (error) {
    // Another process dropped it.
    if (!(error instanceof mongo.MongoServerError && error.code === INDEX_NOT_FOUND)) throw error;
  }
}
