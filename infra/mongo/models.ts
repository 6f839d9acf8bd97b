/** The collections of a space and their indexes. */
import type { Connection, mongo } from 'mongoose';
import { type ActionDoc, actionSchema } from './actions/document.ts';
import { type DeadLetterDoc, deadLetterSchema } from './dead-letters.ts';
import { type EventKeyDoc, eventKeySchema } from './event-keys.ts';
import { type EventDoc, eventSchema } from './events.ts';
import { type ItemDoc, itemSchema } from './items/document.ts';
import { upgradeRemovedItems } from './items/upgrade.ts';
import { type ObjectDoc, objectSchema } from './objects.ts';
import { type TrackerDoc, trackerSchema } from './trackers/document.ts';
import { type EndedVersionDoc, endedVersionSchema } from './trackers/ended-versions.ts';
import { type UserDoc, userSchema } from './users.ts';

export type Models = ReturnType<typeof createModels>;

export const createModels = (connection: Connection) => ({
  actions: connection.model<ActionDoc>('Action', actionSchema),
  trackers: connection.model<TrackerDoc>('Tracker', trackerSchema),
  endedVersions: connection.model<EndedVersionDoc>('EndedTracker', endedVersionSchema),
  items: connection.model<ItemDoc>('Item', itemSchema),
  users: connection.model<UserDoc>('User', userSchema),
  events: connection.model<EventDoc>('Event', eventSchema),
  eventKeys: connection.model<EventKeyDoc>('EventKey', eventKeySchema),
  objects: connection.model<ObjectDoc>('Object', objectSchema),
  deadLetters: connection.model<DeadLetterDoc>('DeadLetter', deadLetterSchema),
});

/** One command per collection. For a new space that is several times faster than one per index. */
export async function createIndexes(models: Models): Promise<void> {
  for (const { schema, collection } of Object.values(models)) {
    const specs = schema.indexes().map(([key, { background: _, ...options }]) => {
      const name = Object.entries(key).map(([field, order]) => `${field}_${order}`);
      return { name: name.join('_'), ...options, key } as mongo.IndexDescription;
    });
    // Sequential: engines that build indexes in the background queue them anyway.
    if (specs.length > 0) await collection.createIndexes(specs);
  }
  await upgradeRemovedItems(models.items);
}
