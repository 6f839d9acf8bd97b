/** The variables of paths. The key of a parameter names it in errors. */
import { z } from 'zod';
import { itemId, MAX_CURSOR } from '../../protocol/schemas/calls.ts';
import { deadLetterId } from '../../protocol/schemas/dead-letters.ts';
import { ref, singleLine, tracked, userId } from '../../protocol/schemas/refs.ts';
import { subject } from './examples.ts';

interface PathParameter<T = unknown> {
  /** The name in the path. */
  name: string;
  schema: z.ZodType<T>;
  example: string;
}

export type PathParameters = Readonly<Record<string, PathParameter>>;

export type PathValues<Path extends PathParameters> = {
  [Field in keyof Path]: Path[Field] extends PathParameter<infer T> ? T : never;
};

/** A user, by its bare id. */
export const userParameter = { user: { name: 'id', schema: userId, example: subject.user } };
/** An item in the feed of a user. */
export const itemParameter = {
  ...userParameter,
  item: { name: 'item', schema: itemId, example: subject.item },
};
export const objectParameter = { ref: { name: 'ref', schema: ref, example: subject.object } };
/** An object or a class. */
export const trackedParameter = { ref: { name: 'ref', schema: tracked, example: subject.object } };
/** An id that is too long belongs to no action. */
export const actionParameter = { id: { name: 'id', schema: z.string(), example: subject.action } };
const trackerId = singleLine(1, MAX_CURSOR);
export const trackerParameter = { id: { name: 'id', schema: trackerId, example: subject.tracker } };
export const deadLetterParameter = { id: { name: 'id', schema: deadLetterId, example: subject.letter } };
