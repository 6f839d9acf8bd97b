/** What the schemas of the collections share. */
import { Schema } from 'mongoose';
import { asMillis, type Millis } from '../../core/model/units.ts';
import type { Ref } from '../../protocol/entities.ts';

/** Schemas without behaviour. Documents are plain objects, and only `createIndexes` creates indexes. */
export const schemaOptions = {
  versionKey: false,
  autoIndex: false,
  autoCreate: false,
  id: false,
  minimize: false,
} as const;

/** A `Schema`, because in a plain object mongoose would interpret the field `type` as a type declaration. */
export const refSchema = new Schema<Ref>(
  {
    type: { type: String, required: true },
    id: { type: String },
    name: { type: String },
    url: { type: String },
    image: { type: String },
  },
  { _id: false, id: false },
);

export const millisOf = (date: Date): Millis => asMillis(date.getTime());
