/** What the hub answers, as schemas: for the API's description, and for tests that hold real answers against it. */
import { z } from 'zod';
import type {
  Action,
  ClassRef,
  Counts,
  DeadLetter,
  DeletedRef,
  Event,
  EventStats,
  FeedChanges,
  FeedItem,
  FeedPage,
  LogAnswer,
  LogResult,
  MarkAnswer,
  Ref,
  RenderedAction,
  Tracker,
  TrackersAnswer,
} from '../entities.ts';
import { type ErrorCode, errorCodes, type FieldError, type Problem } from '../errors.ts';
import { limits } from '../limits.ts';
import { refId, refType } from './refs.ts';
import { anyJson } from './sent.ts';

const instant = z.iso.datetime();
const count = z.int().min(0);
const position = z.string().describe('Where a feed stands; opaque, compares as a string.');
const actionId = z.string().describe('Assigned when accepted; sorts by time.');

const refFields = {
  type: refType,
  id: refId,
  name: z.string().optional(),
  url: z.string().optional(),
  image: z.string().optional(),
};
export const refAnswer: z.ZodType<Ref> = z.strictObject(refFields);
export const classRefAnswer: z.ZodType<ClassRef> = z.strictObject({ type: refType });
export const deletedRefAnswer: z.ZodType<DeletedRef> = z
  .strictObject({ ...refFields, deleted: z.literal(true), description: z.string(), serialization: anyJson })
  .describe('What is left of an object that the application deleted.');
const named = z.union([refAnswer, deletedRefAnswer]);

const actionFields = {
  id: actionId,
  actor: named.nullable().describe("null: nobody's doing."),
  verb: z.string().min(1).max(255),
  targets: z.array(named),
  related: z.array(named),
  level: z.int(),
  data: z.record(z.string(), anyJson),
  timestamp: instant.describe('When it happened; of a group, its first.'),
  updatedAt: instant.describe('The latest timestamp merged in; at first the timestamp.'),
  count: z.int().min(1).describe('How many logged actions it stands for (1: not grouped).'),
};
export const actionAnswer: z.ZodType<Action> = z.strictObject({
  ...actionFields,
  text: z.string().describe('The sentence a person reads, without the time.'),
});

export const deadLetterAnswer: z.ZodType<DeadLetter> = z
  .strictObject({
    id: z.string(),
    space: z.string(),
    at: instant.describe('When it was put aside.'),
    reason: z.string(),
    attempts: count.describe('How often it was tried.'),
    actions: z.array(z.strictObject(actionFields)).nullable().describe('null: they cannot be read.'),
  })
  .describe('Accepted actions that no worker could handle.');

export const itemAnswer: z.ZodType<FeedItem> = z.strictObject({
  id: z.string(),
  action: actionAnswer,
  unread: z.boolean(),
  seen: z.boolean(),
  at: instant.describe("The feed's sort key; ties by id."),
});

const countsFields = {
  unread: count.max(limits.counts),
  unseen: count.max(limits.counts),
  capped: z.boolean(),
};
export const countsAnswer: z.ZodType<Counts> = z
  .strictObject(countsFields)
  .describe('Exact up to the cap (999); above it `capped` is true and the numbers stand at the cap.');

export const trackerAnswer: z.ZodType<Tracker> = z.strictObject({
  id: z.string(),
  user: refAnswer,
  tracked: z.union([refAnswer, classRefAnswer]),
  verbs: z.array(z.string()).describe('Empty: all verbs.'),
  actorOnly: z.boolean(),
  createdAt: instant,
  since: instant.describe('Items before it arrive read.'),
});
export const trackersAnswer: z.ZodType<TrackersAnswer> = z.strictObject({ trackers: z.array(trackerAnswer) });

export const eventAnswer: z.ZodType<Event> = z.strictObject({
  id: z.string(),
  user: refAnswer.nullable(),
  name: z.string().min(1).max(limits.eventName),
  timestamp: instant,
  note: z.string().max(limits.eventNote),
  related: refAnswer.nullable(),
});
export const eventStatsAnswer: z.ZodType<EventStats> = z.strictObject({
  name: z.string(),
  count,
  latest: instant,
});

export const feedPageAnswer: z.ZodType<FeedPage> = z.strictObject({
  items: z.array(itemAnswer),
  nextCursor: z.string().nullable(),
  counts: countsAnswer,
  position,
});
export const feedChangesAnswer: z.ZodType<FeedChanges> = z.strictObject({
  items: z.array(itemAnswer),
  removed: z.array(z.string()).describe('Ids of items that left the feed.'),
  counts: countsAnswer,
  position,
  more: z.boolean().describe('There is more: ask again from `position`.'),
  reset: z.boolean().describe('History is gone or too much changed: reload.'),
});
export const markAnswer: z.ZodType<MarkAnswer> = z.strictObject({
  changed: count,
  counts: countsAnswer,
  position,
});

const logResult: z.ZodType<LogResult> = z.strictObject({
  id: z.string().describe('The id it was accepted under.'),
  outcome: z.enum(['created', 'grouped', 'combined']),
  action: actionAnswer.describe('The stored action that it became or was merged into.'),
});
const ids = z.array(actionId).describe('In the order of the actions.');
export const acceptedAnswer: z.ZodType<LogAnswer> = z.strictObject({ ids });
export const loggedAnswer: z.ZodType<LogAnswer> = z.strictObject({ ids, results: z.array(logResult) });

export const recalledAnswer = z.strictObject({ id: actionId.describe('The action that went.') });

export const renderedAnswer: z.ZodType<RenderedAction> = z.strictObject({
  id: z.string(),
  text: z.string(),
  time: z.string().describe('"5 minutes ago"'),
  unread: z.boolean().describe('Before it was rendered.'),
});

/** Every list but the feed. */
export const pageOf = <T>(item: z.ZodType<T>) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
const fieldError: z.ZodType<FieldError> = z.strictObject({
  path: z.string().describe('As in `actions[3].targets[0].id`; empty for the input as a whole.'),
  message: z.string(),
});
export const problemAnswer: z.ZodType<Problem> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(codes),
  retryable: z.boolean().describe('Whether the same call may succeed later.'),
  fields: z.array(fieldError).max(limits.fields).optional(),
});
