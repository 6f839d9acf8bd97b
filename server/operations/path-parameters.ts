/** The variables of paths. The key of a parameter names it in errors. */
import { z } from 'zod';
import type { ClassRef, Ref } from '../../protocol/entities.ts';
import { MAX_CURSOR } from '../../protocol/schemas/calls.ts';
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

const parameter = <T>(name: string, schema: z.ZodType<T>, example: string): PathParameter<T> => ({
  name,
  schema,
  example,
});

/** A user, by its bare id. */
export const userParameter = { user: parameter<string>('id', userId, subject.user) };
export const objectParameter = { ref: parameter<Ref>('ref', ref, subject.object) };
/** An object or a class. */
export const trackedParameter = { ref: parameter<Ref | ClassRef>('ref', tracked, subject.object) };
/** An id that is too long belongs to no action. */
export const actionParameter = { id: parameter<string>('id', z.string(), subject.action) };
export const trackerParameter = {
  id: parameter<string>('id', singleLine(1, MAX_CURSOR), subject.tracker),
};
export const deadLetterParameter = { id: parameter<string>('id', deadLetterId, subject.letter) };
