/** Actions as documents. One document per accepted id: the action itself, where it went, or that it is gone. */
import { Schema } from 'mongoose';
import { actionKeys, type GroupKeys, groupKeys, keyOf } from '../../core/keys.ts';
import type { Decision, MergedAction, StoredAction, StoredRef } from '../../core/model.ts';
import type { DeletedRef, Ref } from '../../protocol/entities.ts';

/** As it is, but for what the application kept of a deleted object: JSON text, as the data. */
type RefDoc = Ref | (Omit<DeletedRef, 'serialization'> & { serialization: string });

/** `_id` is the id it was accepted under. `data` is JSON text (decision 10). */
interface StandingDoc {
  _id: string;
  actor: RefDoc | null;
  verb: string;
  targets: RefDoc[];
  related: RefDoc[];
  level: number;
  data: string;
  timestamp: Date;
  updatedAt: Date;
  count: number;
  notify?: string[];
  rev: number;
  actorKey: string | null;
  /** `actionKeys`. Every action that stands has them, and no other document has. */
  keys: string[];
  group: GroupKeys;
  /** The position of its last change. */
  pos: number;
}

interface MergedDoc {
  _id: string;
  into: string;
  via?: string;
  outcome: 'grouped' | 'combined';
}

/** What is left of an action that was recalled, or deleted with an object; for 30 days. */
export interface GoneDoc {
  _id: string;
  gone: true;
  goneKeys: string[];
  goneAt: Date;
  pos: number;
}

export interface ActionDoc extends Partial<Omit<StandingDoc & MergedDoc & GoneDoc, '_id'>> {
  _id: string;
}

const GONE_DAYS = 30;

/** Built by hand: a field named `type` is otherwise taken for mongoose's own. */
const refSchema = new Schema(
  {
    type: { type: String, required: true },
    id: { type: String, required: true },
    name: { type: String },
    url: { type: String },
    image: { type: String },
    deleted: { type: Boolean },
    description: { type: String },
    serialization: { type: String },
  },
  { _id: false, id: false },
);
const listOf = (type: unknown) => ({ type: [type], default: undefined });

export const actionSchema = new Schema<ActionDoc>(
  {
    _id: { type: String, required: true },
    actor: { type: refSchema, default: undefined },
    verb: { type: String },
    targets: listOf(refSchema),
    related: listOf(refSchema),
    level: { type: Number },
    data: { type: String },
    timestamp: { type: Date },
    updatedAt: { type: Date },
    count: { type: Number },
    notify: listOf(String),
    rev: { type: Number },
    actorKey: { type: String },
    keys: listOf(String),
    group: {
      type: new Schema({ targets: String, related: String, verb: String }, { _id: false }),
      default: undefined,
    },
    into: { type: String },
    via: { type: String },
    outcome: { type: String },
    gone: { type: Boolean },
    goneKeys: listOf(String),
    goneAt: { type: Date },
    pos: { type: Number },
  },
  // Without behaviour: documents are plain, and indexes are made by `createIndexes` alone.
  {
    collection: 'actions',
    versionKey: false,
    autoIndex: false,
    autoCreate: false,
    id: false,
    minimize: false,
  },
);
// What an actor did, by its place in feeds; what objects take part in; what may be grouped; everything.
actionSchema.index({ actorKey: 1, updatedAt: -1, _id: -1 });
// The position is there so that what changed about an object is found without reading all about it. There are many keys,
// so that another index of them would cost as much as all others together.
actionSchema.index({ keys: 1, timestamp: -1, _id: -1, pos: 1 });
// By its place in feeds, where that is another than its timestamp.
actionSchema.index({ keys: 1, updatedAt: -1, _id: -1 }, { partialFilterExpression: { count: { $gt: 1 } } });
for (const part of ['targets', 'related', 'verb']) {
  actionSchema.index({ [`group.${part}`]: 1, timestamp: -1, _id: -1 });
}
actionSchema.index({ timestamp: -1, _id: -1 });
// What went from an object.
const onlyGone = { partialFilterExpression: { gone: true } };
actionSchema.index({ goneKeys: 1, pos: 1 }, onlyGone);
actionSchema.index({ goneAt: 1 }, { ...onlyGone, expireAfterSeconds: GONE_DAYS * 86_400 });

export const isStanding = (doc: ActionDoc): doc is StandingDoc => doc.keys !== undefined;
const isMerged = (doc: ActionDoc): doc is MergedDoc => doc.into !== undefined;

export function toStanding(action: StoredAction, pos: number): StandingDoc {
  return {
    _id: action.id,
    actor: action.actor && refDoc(action.actor),
    verb: action.verb,
    targets: action.targets.map(refDoc),
    related: action.related.map(refDoc),
    level: action.level,
    data: JSON.stringify(action.data),
    timestamp: new Date(action.timestamp),
    updatedAt: new Date(action.updatedAt),
    count: action.count,
    ...(action.notify.length > 0 && { notify: action.notify }),
    rev: action.rev,
    actorKey: action.actor && keyOf(action.actor),
    keys: actionKeys(action),
    // All three: which of them grouping asks for is a matter of configuration, which may change.
    group: groupKeys(action),
    pos,
  };
}

export const toMerged = ({ id, into, via, outcome }: MergedAction): MergedDoc => ({
  _id: id,
  into,
  ...(via !== undefined && { via }),
  outcome,
});

export function fromStanding(doc: StandingDoc): StoredAction {
  return {
    id: doc._id,
    actor: doc.actor && storedRef(doc.actor),
    verb: doc.verb,
    targets: doc.targets.map(storedRef),
    related: doc.related.map(storedRef),
    level: doc.level,
    data: JSON.parse(doc.data),
    timestamp: doc.timestamp.getTime(),
    updatedAt: doc.updatedAt.getTime(),
    count: doc.count,
    notify: doc.notify ?? [],
    rev: doc.rev,
  };
}

export function toDecision(doc: ActionDoc): Decision {
  if (isStanding(doc)) return { kind: 'action', action: fromStanding(doc) };
  if (!isMerged(doc)) return { kind: 'gone', id: doc._id };
  const { _id: id, into, via, outcome } = doc;
  return { kind: 'merged', merged: { id, into, outcome, ...(via !== undefined && { via }) } };
}

const refDoc = (ref: StoredRef): RefDoc =>
  'deleted' in ref ? { ...ref, serialization: JSON.stringify(ref.serialization) } : ref;

const storedRef = (doc: RefDoc): StoredRef =>
  'deleted' in doc ? { ...doc, serialization: JSON.parse(doc.serialization) } : doc;
