/** Schemas for tracking and untracking, and for lists of trackers. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant, verb } from './action.ts';
import { flag, pageFields, verbs } from './calls.ts';
import { inputSchema } from './input-schema.ts';
import { oneOrMany, parseNested } from './parse-nested.ts';
import { refType, tracked, user } from './refs.ts';

const objects = oneOrMany(tracked, limits.track).refine(
  (list) => list.length > 0,
  'must name at least one object',
);

export const trackInput = z.strictObject({
  to: objects,
  verbs: verbs.default([]),
  actorOnly: flag.default(true),
  log: flag.default(false),
  since: instant.optional(),
});
export type ParsedTrack = z.output<typeof trackInput>;

export const untrackInput = z.strictObject({
  from: objects,
  verbs: verbs.optional(),
  log: flag.default(false),
});
export type ParsedUntrack = z.output<typeof untrackInput>;

const trackerList = z
  .array(trackInput.extend({ user }), 'must be a list')
  .min(1, 'must contain at least one')
  .max(limits.trackers, `at most ${limits.trackers}`)
  .refine(
    (list) => list.reduce((sum, { to }) => sum + to.length, 0) <= limits.bulkTracked,
    `must name at most ${limits.bulkTracked} objects in all`,
  );
const trackersObject = z.strictObject({ trackers: trackerList });

/** `POST /v1/trackers`: accepts the list without an object, too. */
export const trackersInput: z.ZodType<z.output<typeof trackersObject>> = inputSchema(
  z
    .unknown()
    .transform((value, ctx) =>
      parseNested(trackersObject, Array.isArray(value) ? { trackers: value } : value, ctx),
    ),
  z.union([trackersObject, trackerList]),
);

/** `GET /v1/objects/:ref/trackers`, and below it `users` */
export const trackersOfQuery = z.strictObject({
  ...pageFields,
  /** Only trackers of this verb. */
  verb: verb.optional(),
});
export type ParsedTrackersOfQuery = z.output<typeof trackersOfQuery>;

/** `GET /v1/users/:id/trackers`, `GET /v1/users/:id/tracked` */
export const ownedQuery = trackersOfQuery.extend({
  /** Only trackers of objects or classes of this type. */
  type: refType.optional(),
});
export type ParsedOwnedQuery = z.output<typeof ownedQuery>;
