/**
 * Documents of actions. Each accepted id has one: a live action, a reference to the action it was merged into, or a deletion
 * record. Names are stored with every document, so some are short: `rev` is `version`, `via` is `combinedInto`, and `pos` is the
 * position of the last change.
 */
import { type Model, Schema } from 'mongoose';
import type {
  ActionOutline,
  MergedAction,
  Resolution,
  StoredAction,
  StoredRef,
} from '../../../core/model/entities.ts';
import { actionKeys, type GroupKeys, groupKeys, keyOf } from '../../../core/model/keys.ts';
import type { Position } from '../../../core/model/units.ts';
import type { Button, DeletedRef, Ref } from '../../../protocol/entities.ts';
import { millisOf, schemaOptions } from '../schema.ts';

/** The serialization of a deleted object is stored as JSON text, like `data`. */
type RefDoc = Ref | (Omit<DeletedRef, 'serialization'> & { serialization: string });

/** `_id`: the accepted id. `data`: JSON text (decision 10). */
export interface LiveActionDoc {
  _id: string;
  actor: RefDoc | null;
  verb: string;
  targets: RefDoc[];
  related: RefDoc[];
  level: number;
  body?: string;
  url?: string;
  buttons?: Button[];
  data: string;
  timestamp: Date;
  updatedAt: Date;
  count: number;
  notify?: string[];
  rev: number;
  actorKey: string | null;
  /** `actionKeys`. Live actions have them, and no other documents. */
  keys: string[];
  group: GroupKeys;
  /** The position of its last change. */
  pos: Position;
}

interface MergedDoc {
  _id: string;
  into: string;
  via?: string;
  outcome: 'grouped' | 'combined';
}

/** The deletion record of an action that was recalled, or deleted with an object. It expires after 30 days. */
interface GoneDoc {
  _id: string;
  gone: true;
  goneKeys: string[];
  goneAt: Date;
  pos: Position;
}

export interface ActionDoc extends Partial<Omit<LiveActionDoc & MergedDoc & GoneDoc, '_id'>> {
  _id: string;
}

export type Actions = Model<ActionDoc>;

const GONE_RETENTION_DAYS = 30;

/** A `Schema`, because in a plain object mongoose would interpret the field `type` as a type declaration. */
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
    body: { type: String },
    url: { type: String },
    buttons: listOf(
      new Schema<Button>(
        { id: String, label: String, url: String, style: String },
        { _id: false, id: false },
      ),
    ),
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
  { ...schemaOptions, collection: 'actions' },
);
// Actions of an actor, in feed order.
actionSchema.index({ actorKey: 1, updatedAt: -1, _id: -1 });
// Actions about an object. `pos` is included so that changed actions are found without reading all of them. An action has many
// keys, so a second index on them would cost as much as all other indexes together.
actionSchema.index({ keys: 1, timestamp: -1, _id: -1, pos: 1 });
// The same in feed order, for merged actions, whose `updatedAt` differs from their timestamp.
actionSchema.index({ keys: 1, updatedAt: -1, _id: -1 }, { partialFilterExpression: { count: { $gt: 1 } } });
// Candidates for grouping.
for (const part of ['targets', 'related', 'verb']) {
  actionSchema.index({ [`group.${part}`]: 1, timestamp: -1, _id: -1 });
}
// All actions.
actionSchema.index({ timestamp: -1, _id: -1 });
// Deletion records of an object's actions.
const onlyGone = { partialFilterExpression: { gone: true } };
actionSchema.index({ goneKeys: 1, pos: 1 }, onlyGone);
actionSchema.index({ goneAt: 1 }, { ...onlyGone, expireAfterSeconds: GONE_RETENTION_DAYS * 86_400 });

export const isLive = (doc: ActionDoc): doc is LiveActionDoc => doc.keys !== undefined;
const isMerged = (doc: ActionDoc): doc is MergedDoc => doc.into !== undefined;

export function toLiveDoc(action: StoredAction, position: Position): LiveActionDoc {
  return {
    _id: action.id,
    actor: action.actor && toRefDoc(action.actor),
    verb: action.verb,
    targets: action.targets.map(toRefDoc),
    related: action.related.map(toRefDoc),
    level: action.level,
    ...(action.body !== undefined && { body: action.body }),
    ...(action.url !== undefined && { url: action.url }),
    ...(action.buttons !== undefined && { buttons: action.buttons }),
    data: JSON.stringify(action.data),
    timestamp: new Date(action.timestamp),
    updatedAt: new Date(action.updatedAt),
    count: action.count,
    ...(action.notify.length > 0 && { notify: action.notify }),
    rev: action.version,
    actorKey: action.actor && keyOf(action.actor),
    keys: actionKeys(action),
    // All three: the configuration determines which of them grouping uses, and it may change.
    group: groupKeys(action),
    pos: position,
  };
}

export const toMergedDoc = ({ id, into, combinedInto, outcome }: MergedAction): MergedDoc => ({
  _id: id,
  into,
  ...(combinedInto !== undefined && { via: combinedInto }),
  outcome,
});

export function fromLiveDoc(doc: LiveActionDoc): StoredAction {
  return {
    id: doc._id,
    actor: doc.actor && fromRefDoc(doc.actor),
    verb: doc.verb,
    targets: doc.targets.map(fromRefDoc),
    related: doc.related.map(fromRefDoc),
    level: doc.level,
    ...(doc.body !== undefined && { body: doc.body }),
    ...(doc.url !== undefined && { url: doc.url }),
    ...(doc.buttons !== undefined && { buttons: doc.buttons }),
    data: JSON.parse(doc.data),
    timestamp: millisOf(doc.timestamp),
    updatedAt: millisOf(doc.updatedAt),
    count: doc.count,
    notify: doc.notify ?? [],
    version: doc.rev,
  };
}

/** The fields of an outline. The content of an action, and what it is grouped by, are much larger. */
export const OUTLINE_FIELDS = {
  actorKey: 1,
  keys: 1,
  verb: 1,
  level: 1,
  timestamp: 1,
  updatedAt: 1,
  notify: 1,
  rev: 1,
} as const;

export type OutlineDoc = Pick<LiveActionDoc, '_id' | keyof typeof OUTLINE_FIELDS>;

export function fromOutlineDoc(doc: OutlineDoc): ActionOutline {
  const { actorKey } = doc;
  return {
    id: doc._id,
    actor: actorKey === null ? null : refOf(actorKey),
    verb: doc.verb,
    targets: [],
    // Keys without an id are those of classes.
    related: doc.keys.filter((key) => key !== actorKey && key.includes(':')).map(refOf),
    level: doc.level,
    timestamp: millisOf(doc.timestamp),
    updatedAt: millisOf(doc.updatedAt),
    notify: doc.notify ?? [],
    version: doc.rev,
  };
}

export function refOf(key: string): Ref {
  const colon = key.indexOf(':');
  return { type: key.slice(0, colon), id: key.slice(colon + 1) };
}

export function toResolution(doc: ActionDoc): Resolution {
  if (isLive(doc)) return { kind: 'action', action: fromLiveDoc(doc) };
  if (!isMerged(doc)) return { kind: 'gone', id: doc._id };
  const { _id: id, into, via, outcome } = doc;
  return { kind: 'merged', merged: { id, into, outcome, ...(via !== undefined && { combinedInto: via }) } };
}

const toRefDoc = (ref: StoredRef): RefDoc =>
  'deleted' in ref ? { ...ref, serialization: JSON.stringify(ref.serialization) } : ref;

const fromRefDoc = (doc: RefDoc): StoredRef =>
  'deleted' in doc ? { ...doc, serialization: JSON.parse(doc.serialization) } : doc;
