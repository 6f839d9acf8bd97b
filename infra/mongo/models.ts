import { type Connection, type Model, Schema } from 'mongoose';
import type { ClassRef, Ref } from '../../protocol/entities.ts';

/** `_id` is the id it was accepted under. `data` is JSON text (decision 10). */
export interface ActionDoc {
  _id: string;
  actor: Ref | null;
  verb: string;
  targets: Ref[];
  related: Ref[];
  level: number;
  data: string;
  timestamp: Date;
  updatedAt: Date;
  count: number;
  notify?: string[];
  /** Keys of the actor, and of every object in any role. */
  actorKey: string | null;
  objectKeys: string[];
}

export interface TrackerDoc {
  /** `trackerId` of user and key. */
  _id: string;
  user: string;
  key: string;
  tracked: Ref | ClassRef;
  verbs: string[];
  actorOnly: boolean;
  createdAt: Date;
  since: Date;
}

export interface ItemDoc {
  _id: string;
  user: string;
  action: string;
  at: Date;
  pos: number;
  unread: boolean;
  seen: boolean;
}

/** A schema without behaviour: documents are plain, and indexes are made by `createIndexes` alone. */
const options = {
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  id: false,
  minimize: false,
} as const;

/** Built by hand: a field named `type` is otherwise taken for mongoose's own. */
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

const actionSchema = new Schema<ActionDoc>(
  {
    _id: { type: String, required: true },
    actor: { type: refSchema, default: null },
    verb: { type: String, required: true },
    targets: [refSchema],
    related: [refSchema],
    level: { type: Number, required: true },
    data: { type: String, required: true },
    timestamp: { type: Date, required: true },
    updatedAt: { type: Date, required: true },
    count: { type: Number, required: true },
    notify: { type: [String], default: undefined },
    actorKey: { type: String, default: null },
    objectKeys: [String],
  },
  { ...options, collection: 'actions' },
);
// What an actor did lately; what an object takes part in.
actionSchema.index({ actorKey: 1, timestamp: -1, _id: -1 });
actionSchema.index({ objectKeys: 1, timestamp: -1, _id: -1 });

const trackerSchema = new Schema<TrackerDoc>(
  {
    _id: { type: String, required: true },
    user: { type: String, required: true },
    key: { type: String, required: true },
    tracked: { type: refSchema, required: true },
    verbs: [String],
    actorOnly: { type: Boolean, required: true },
    createdAt: { type: Date, required: true },
    since: { type: Date, required: true },
  },
  { ...options, collection: 'trackers' },
);
// Who follows any of some objects; what a user follows. Who follows one object, by user, is in `_id`.
trackerSchema.index({ key: 1 });
trackerSchema.index({ user: 1, _id: 1 });

const itemSchema = new Schema<ItemDoc>(
  {
    _id: { type: String, required: true },
    user: { type: String, required: true },
    action: { type: String, required: true },
    at: { type: Date, required: true },
    pos: { type: Number, required: true },
    unread: { type: Boolean, required: true },
    seen: { type: Boolean, required: true },
  },
  { ...options, collection: 'items' },
);
// A page of the feed; its changes; its unread items, and of these the unseen, each counted up to the cap.
itemSchema.index({ user: 1, at: -1, _id: -1 });
itemSchema.index({ user: 1, pos: 1, _id: 1 });
itemSchema.index({ user: 1, seen: 1, at: -1 }, { partialFilterExpression: { unread: true } });

export interface Models {
  actions: Model<ActionDoc>;
  trackers: Model<TrackerDoc>;
  items: Model<ItemDoc>;
}

export function modelsOf(connection: Connection): Models {
  return {
    actions: connection.model<ActionDoc>('Action', actionSchema),
    trackers: connection.model<TrackerDoc>('Tracker', trackerSchema),
    items: connection.model<ItemDoc>('Item', itemSchema),
  };
}

export async function createIndexes(models: Models): Promise<void> {
  // One after the other: engines that build in the background queue them anyway.
  await models.actions.createIndexes();
  await models.trackers.createIndexes();
  await models.items.createIndexes();
}
