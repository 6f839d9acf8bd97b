/** Schemas of action queries outside feeds: lists, and watching an object. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant, level, verb } from './action.ts';
import { flag, locale, pageFields, position, verbs } from './calls.ts';
import { oneOrMany } from './parse-nested.ts';
import { ref } from './refs.ts';

/** `GET /v1/actions`, `GET /v1/trackers/:id/actions` */
export const actionsQuery = z.strictObject({
  ...pageFields,
  actor: ref.optional(),
  target: ref.optional(),
  related: ref.optional(),
  /** An object in any role. */
  object: ref.optional(),
  verb: oneOrMany(verb, limits.verbs).optional(),
  level: level.optional(),
  /** Limits of the timestamp, both inclusive. */
  since: instant.optional(),
  until: instant.optional(),
  locale: locale.optional(),
});
export type ParsedActionsQuery = z.output<typeof actionsQuery>;

const roles = ['any', 'actor', 'target', 'related'] as const;

/** `GET /v1/objects/:ref/actions` */
export const objectActionsQuery = actionsQuery.extend({
  as: z.enum(roles, `must be one of ${roles.join(', ')}`).default('any'),
});
export type ParsedObjectActionsQuery = z.output<typeof objectActionsQuery>;

export const watchInput = z.strictObject({
  object: ref,
  verbs: verbs.default([]),
  actorOnly: flag.default(false),
  since: instant.optional(),
  limit: pageFields.limit,
  position: position.optional(),
});
export type ParsedWatch = z.output<typeof watchInput>;

export const unwatchInput = z.strictObject({ watch: z.string('must be a watch').min(1).max(64) });
