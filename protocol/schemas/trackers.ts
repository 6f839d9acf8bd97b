/** Starting and ceasing to follow, and the lists of who follows what. */
import { z } from 'zod';
import { limits } from '../limits.ts';
import { instant, verb } from './action.ts';
import { flag, pageFields, verbs } from './calls.ts';
import { delegate, oneOrMany } from './delegate.ts';
import { refType, tracked, user } from './refs.ts';
import { sentAs } from './sent.ts';

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

/** Over sockets: of oneself, where no user is named. */
export const trackCall = trackInput.extend({ user: user.optional() });
export const untrackCall = untrackInput.extend({ user: user.optional() });

const manyTrackers = z
  .array(trackInput.extend({ user }), 'must be a list')
  .min(1, 'must hold at least one')
  .max(limits.trackers, `at most ${limits.trackers}`)
  .refine(
    (list) => list.reduce((sum, { to }) => sum + to.length, 0) <= limits.trackedAtOnce,
    `must name at most ${limits.trackedAtOnce} objects in all`,
  );
const trackersObject = z.strictObject({ trackers: manyTrackers });

/** `POST /v1/trackers`: the list itself will do as well. */
export const trackersInput: z.ZodType<z.output<typeof trackersObject>> = sentAs(
  z
    .unknown()
    .transform((value, ctx) =>
      delegate(trackersObject, Array.isArray(value) ? { trackers: value } : value, ctx),
    ),
  z.union([trackersObject, manyTrackers]),
);
export type ParsedTrackers = z.output<typeof trackersInput>;

/** `GET /v1/objects/:ref/trackers`, and below it `users` */
export const trackersOfQuery = z.strictObject({
  ...pageFields,
  /** Only those that follow this verb. */
  verb: verb.optional(),
});
export type ParsedTrackersOfQuery = z.output<typeof trackersOfQuery>;

/** `GET /v1/users/:id/trackers`, `GET /v1/users/:id/tracked` */
export const ownedQuery = trackersOfQuery.extend({
  /** Only of objects or classes of this type. */
  type: refType.optional(),
});
export type ParsedOwnedQuery = z.output<typeof ownedQuery>;
