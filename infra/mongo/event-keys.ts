/** Events by the idempotency key that was first used for them. */
import { type InferSchemaType, type Model, Schema } from 'mongoose';
import type { StoredEvent } from '../../core/model/entities.ts';
import { duplicateIndexes } from './duplicate-keys.ts';
import { schemaOptions } from './schema.ts';

/** Idempotency keys are valid for at least 24 hours. */
const TTL_S = 48 * 3_600;

export const eventKeySchema = new Schema(
  {
    _id: { type: String, required: true },
    /** The `StoredEvent` as JSON text. */
    event: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { ...schemaOptions, collection: 'eventkeys' },
);
eventKeySchema.index({ at: 1 }, { expireAfterSeconds: TTL_S });

export type EventKeyDoc = InferSchemaType<typeof eventKeySchema>;

/** Claims the key for this event. Returns the event that claimed it first. */
export async function claimEventKey(
  keys: Model<EventKeyDoc>,
  key: string,
  event: StoredEvent,
): Promise<StoredEvent> {
  const claim = { _id: key, event: JSON.stringify(event), at: new Date() };
  for (;;) {
    try {
      await keys.insertMany([claim], { lean: true });
      return event;
    } catch (error) {
      duplicateIndexes(error);
    }
    const first = await keys.findById(key).lean();
    // If it is missing, it expired since the insert. Retry.
    if (first) return JSON.parse(first.event) as StoredEvent;
  }
}
