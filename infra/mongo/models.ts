import { type Connection, type Model, type mongo, Schema } from 'mongoose';
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { type ActionDoc, actionSchema } from './action-docs.ts';
import { type ItemDoc, itemSchema, type UserDoc, userSchema } from './item-docs.ts';
import { schemaOptions } from './schema-options.ts';

export interface TrackerDoc {
  /** `trackerId` of user and key. */
  _id: string;
  user: string;
  key: string;
  tracked: Ref | ClassRef;
  verbs: string[];
  actorOnly: boolean;
  createdAt: Date;
  /** Set only if it differs from the creation. */
  since?: Date;
  /** Version of its settings. The other fields are as in `TrackerVersion`. */
  version?: string;
  begunBy?: string;
  previous?: string;
  from?: number;
}

/** A tracker version that ended or is about to end. `_id`: the version. */
export interface EndedVersionDoc {
  _id: string;
  /** The tracker's id. */
  tracker: string;
  user: string;
  key: string;
  verbs: string[];
  actorOnly: boolean;
  since: Date;
  begunBy: string;
  previous?: string;
  from: number;
  end: number;
  endedBy: string;
  at: Date;
  /** All items that it covered were revalidated. */
  done?: boolean;
}

/** A deleted object. `_id`: its key. `serialization`: JSON text, like the data of actions. */
export interface ObjectDoc {
  _id: string;
  ref: Ref;
  actions: 'keep' | 'delete';
  description: string;
  serialization: string;
  pos: number;
}

export interface EventDoc {
  _id: string;
  user: string | null;
  name: string;
  timestamp: Date;
  note: string;
  related: Ref | null;
  /** The key of `related`. */
  relatedKey: string | null;
}

/** The event that an idempotency key was first used for. */
export interface EventKeyDoc {
  _id: string;
  /** The `StoredEvent` as JSON text. */
  event: string;
  at: Date;
}

/** A batch that no worker could process. `_id`: the id of the `DeadLetter`. */
export interface DeadLetterDoc {
  _id: string;
  entry: string;
  at: Date;
  reason: string;
  attempts: number;
  /** JSON text; `null` if it cannot be read, or after a retry. */
  actions: string | null;
  ids: string[];
  bytes: number;
  /** Set when it was retried. */
  expiresAt?: Date;
}

/** A `Schema`, because in a plain object mongoose would interpret the field `type` as a type declaration. */
const refSchema = new Schema<Ref>(
  {
    type: { type: String, required: true },
    id: { type: String },
    name: { type: String },
    url: { type: String },
    image: { type: String },
  },
  { _id: false, id: false },
);

const trackerSchema = new Schema<TrackerDoc>(
  {
    _id: { type: String, required: true },
    user: { type: String, required: true },
    key: { type: String, required: true },
    tracked: { type: refSchema, required: true },
    verbs: [String],
    actorOnly: { type: Boolean, required: true },
    createdAt: { type: Date, required: true },
    since: { type: Date },
    version: { type: String },
    begunBy: { type: String },
    previous: { type: String },
    from: { type: Number },
  },
  { ...schemaOptions, collection: 'trackers' },
);
// Trackers of any of some objects; trackers of a user. The index on `_id` finds the trackers of one object, by user.
trackerSchema.index({ key: 1 });
trackerSchema.index({ user: 1, _id: 1 });

/** Versions that no task will revalidate, because the task was lost, expire after a week. */
const ENDED_TTL_S = 7 * 24 * 3_600;

const endedSchema = new Schema<EndedVersionDoc>(
  {
    _id: { type: String, required: true },
    tracker: { type: String, required: true },
    user: { type: String, required: true },
    key: { type: String, required: true },
    verbs: [String],
    actorOnly: { type: Boolean, required: true },
    since: { type: Date, required: true },
    begunBy: { type: String },
    previous: { type: String },
    from: { type: Number, required: true },
    end: { type: Number, required: true },
    endedBy: { type: String, required: true },
    at: { type: Date, required: true },
    done: { type: Boolean },
  },
  { ...schemaOptions, collection: 'endedtrackers' },
);
endedSchema.index({ user: 1, end: 1 });
endedSchema.index({ at: 1 }, { expireAfterSeconds: ENDED_TTL_S });

const objectSchema = new Schema<ObjectDoc>(
  {
    _id: { type: String, required: true },
    ref: { type: refSchema, required: true },
    actions: { type: String, required: true },
    description: { type: String, required: true },
    serialization: { type: String, required: true },
    pos: { type: Number, required: true },
  },
  { ...schemaOptions, collection: 'objects' },
);

const eventSchema = new Schema<EventDoc>(
  {
    _id: { type: String, required: true },
    user: { type: String, default: null },
    name: { type: String, required: true },
    timestamp: { type: Date, required: true },
    note: { type: String, default: '' },
    related: { type: refSchema, default: null },
    relatedKey: { type: String, default: null },
  },
  { ...schemaOptions, collection: 'events' },
);
// All events; by user; by user and name, with counts; by name; by object.
eventSchema.index({ timestamp: -1, _id: -1 });
eventSchema.index({ user: 1, timestamp: -1, _id: -1 });
eventSchema.index({ user: 1, name: 1, timestamp: -1, _id: -1 });
eventSchema.index({ name: 1, timestamp: -1, _id: -1 });
eventSchema.index({ relatedKey: 1, timestamp: -1, _id: -1 });

/** Idempotency keys are valid for at least 24 hours. */
const EVENT_KEY_TTL_S = 48 * 3_600;

const eventKeySchema = new Schema<EventKeyDoc>(
  {
    _id: { type: String, required: true },
    event: { type: String, required: true },
    at: { type: Date, required: true },
  },
  { ...schemaOptions, collection: 'eventkeys' },
);
eventKeySchema.index({ at: 1 }, { expireAfterSeconds: EVENT_KEY_TTL_S });

const deadLetterSchema = new Schema<DeadLetterDoc>(
  {
    _id: { type: String, required: true },
    entry: { type: String, required: true },
    at: { type: Date, required: true },
    reason: { type: String, required: true },
    attempts: { type: Number, required: true },
    actions: { type: String, default: null },
    ids: [String],
    bytes: { type: Number, required: true },
    expiresAt: { type: Date },
  },
  { ...schemaOptions, collection: 'deadletters' },
);
deadLetterSchema.index({ at: -1, _id: -1 });
deadLetterSchema.index({ expiresAt: 1 }, { expireAfterSeconds: 0 });

export interface Models {
  actions: Model<ActionDoc>;
  trackers: Model<TrackerDoc>;
  endedVersions: Model<EndedVersionDoc>;
  items: Model<ItemDoc>;
  users: Model<UserDoc>;
  events: Model<EventDoc>;
  eventKeys: Model<EventKeyDoc>;
  objects: Model<ObjectDoc>;
  deadLetters: Model<DeadLetterDoc>;
}

export function createModels(connection: Connection): Models {
  return {
    actions: connection.model<ActionDoc>('Action', actionSchema),
    trackers: connection.model<TrackerDoc>('Tracker', trackerSchema),
    endedVersions: connection.model<EndedVersionDoc>('EndedTracker', endedSchema),
    items: connection.model<ItemDoc>('Item', itemSchema),
    users: connection.model<UserDoc>('User', userSchema),
    events: connection.model<EventDoc>('Event', eventSchema),
    eventKeys: connection.model<EventKeyDoc>('EventKey', eventKeySchema),
    objects: connection.model<ObjectDoc>('Object', objectSchema),
    deadLetters: connection.model<DeadLetterDoc>('DeadLetter', deadLetterSchema),
  };
}

/** One command per collection. For a new space that is several times faster than one per index. */
export async function createIndexes(models: Models): Promise<void> {
  for (const { schema, collection } of Object.values({ ...models }) as IndexableModel[]) {
    const specs = schema.indexes().map(([key, { background: _, ...options }]) => {
      const name = Object.entries(key).map(([field, order]) => `${field}_${order}`);
      return { name: name.join('_'), ...options, key } as mongo.IndexDescription;
    });
    // Sequential: engines that build indexes in the background queue them anyway.
    if (specs.length > 0) await collection.createIndexes(specs);
  }
}

/** The part of a model that creates indexes. */
interface IndexableModel {
  schema: { indexes(): Array<[object, { background?: boolean }]> };
  collection: { createIndexes(specs: mongo.IndexDescription[]): Promise<unknown> };
}
