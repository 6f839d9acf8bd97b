/** Schemas of responses, for the API description and for tests that validate actual responses. */
import { z } from 'zod';
import type {
  Action,
  Button,
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
  ObjectsAnswer,
  PressAnswer,
  Pressed,
  Ref,
  RenderedAction,
  Tracker,
  TrackersAnswer,
} from '../entities.ts';
import { type ErrorCode, errorCodes, type FieldError, type Problem } from '../errors.ts';
import { limits } from '../limits.ts';
import { anyJson } from './input-schema.ts';
import { refId, refType } from './refs.ts';

const instant = z.iso.datetime();
const count = z.int().min(0);
const position = z.string().describe('The version of a feed; opaque, compares as a string.');
const actionId = z.string().describe('Assigned when accepted; sorts by time.');

const refFields = {
  type: refType,
  id: refId,
  name: z.string().optional(),
  url: z.string().optional(),
  image: z.string().optional(),
};
export const refResponse: z.ZodType<Ref> = z.strictObject(refFields);
export const classRefResponse: z.ZodType<ClassRef> = z.strictObject({ type: refType });
export const deletedRefResponse: z.ZodType<DeletedRef> = z
  .strictObject({ ...refFields, deleted: z.literal(true), description: z.string(), serialization: anyJson })
  .describe('The tombstone of an object that the application deleted.');
export const refOrDeletedRef = z.union([refResponse, deletedRefResponse]);
export const objectsResponse: z.ZodType<ObjectsAnswer> = z.strictObject({
  objects: z.array(refOrDeletedRef),
});

export const buttonResponse: z.ZodType<Button> = z
  .strictObject({
    id: z.string(),
    label: z.string(),
    url: z.string().optional(),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .describe('With a `url` it is a link; otherwise it can be pressed.');

const actionFields = {
  id: actionId,
  actor: refOrDeletedRef.nullable().describe('null if the action has no actor.'),
  verb: z.string().min(1).max(255),
  targets: z.array(refOrDeletedRef),
  related: z.array(refOrDeletedRef),
  level: z.int(),
  data: z.record(z.string(), anyJson),
  body: z.string().max(limits.body).describe('An excerpt to show below the sentence. Empty: none.'),
  url: z.string().nullable().describe('Where the entry leads.'),
  buttons: z.array(buttonResponse).max(limits.buttons),
  timestamp: instant.describe('When it happened; for a group, the first timestamp.'),
  updatedAt: instant.describe('The latest merged timestamp; initially the timestamp.'),
  count: z.int().min(1).describe('The number of logged actions that it represents (1 if not grouped).'),
};
export const actionResponse: z.ZodType<Action> = z.strictObject({
  ...actionFields,
  text: z.string().describe('The rendered sentence, without the time.'),
});

export const deadLetterResponse: z.ZodType<DeadLetter> = z
  .strictObject({
    id: z.string(),
    space: z.string(),
    at: instant.describe('When the actions were moved to the dead letters.'),
    reason: z.string(),
    attempts: count.describe('The number of attempts.'),
    actions: z.array(z.strictObject(actionFields)).nullable().describe('null if they cannot be parsed.'),
  })
  .describe('Accepted actions that no worker could process.');

export const pressedResponse: z.ZodType<Pressed> = z
  .strictObject({ button: z.string(), at: instant })
  .describe('The id of the pressed button.');

export const itemResponse: z.ZodType<FeedItem> = z.strictObject({
  id: z.string(),
  action: actionResponse,
  unread: z.boolean(),
  seen: z.boolean(),
  at: instant.describe("The feed's sort key; ties are sorted by id."),
  archived: z.boolean(),
  snoozedUntil: instant.nullable().describe('When a snoozed item returns to the inbox.'),
  pressed: pressedResponse
    .nullable()
    .describe('null if no button was pressed since the last merge into the action.'),
});

const countsFields = {
  unread: count.max(limits.counts),
  unseen: count.max(limits.counts),
  capped: z.boolean(),
};
export const countsResponse: z.ZodType<Counts> = z
  .strictObject(countsFields)
  .describe('Exact up to the cap (999). Above it, `capped` is true and the numbers stay at the cap.');

export const trackerResponse: z.ZodType<Tracker> = z.strictObject({
  id: z.string(),
  user: refResponse,
  tracked: z.union([refResponse, classRefResponse]),
  verbs: z.array(z.string()).describe('Empty for all verbs.'),
  actorOnly: z.boolean(),
  createdAt: instant,
  since: instant.describe('Older items arrive already read.'),
});
export const trackersResponse: z.ZodType<TrackersAnswer> = z.strictObject({
  trackers: z.array(trackerResponse),
});

export const eventResponse: z.ZodType<Event> = z.strictObject({
  id: z.string(),
  user: refResponse.nullable(),
  name: z.string().min(1).max(limits.eventName),
  timestamp: instant,
  note: z.string().max(limits.eventNote),
  related: refResponse.nullable(),
});
export const eventStatsResponse: z.ZodType<EventStats> = z.strictObject({
  name: z.string(),
  count,
  latest: instant,
});

export const feedPageResponse: z.ZodType<FeedPage> = z.strictObject({
  items: z.array(itemResponse),
  nextCursor: z.string().nullable(),
  counts: countsResponse,
  position,
});
export const feedChangesResponse: z.ZodType<FeedChanges> = z.strictObject({
  items: z.array(itemResponse),
  removed: z.array(z.string()).describe('Ids of items that left the feed.'),
  counts: countsResponse,
  position,
  more: z.boolean().describe('If true, there are more changes: call again with `position`.'),
  reset: z.boolean().describe('If true, the history is not available or too long: reload.'),
});
export const markResponse: z.ZodType<MarkAnswer> = z.strictObject({
  changed: count,
  counts: countsResponse,
  position,
});

export const pressResponse: z.ZodType<PressAnswer> = z.strictObject({
  item: itemResponse,
  counts: countsResponse,
  position,
});

const logResult: z.ZodType<LogResult> = z.strictObject({
  id: z.string().describe('The id that the action got when it was accepted.'),
  outcome: z.enum(['created', 'grouped', 'combined']),
  action: actionResponse.describe('The stored action, which may be one that it was merged into.'),
});
const ids = z.array(actionId).describe('In the order of the actions.');
export const acceptedResponse: z.ZodType<LogAnswer> = z.strictObject({ ids });
export const loggedResponse: z.ZodType<LogAnswer> = z.strictObject({ ids, results: z.array(logResult) });

export const recalledResponse = z.strictObject({ id: actionId.describe('The recalled action.') });

export const renderedResponse: z.ZodType<RenderedAction> = z.strictObject({
  id: z.string(),
  text: z.string(),
  time: z.string().describe('"5 minutes ago"'),
  unread: z.boolean().describe('The state before rendering.'),
});

/** A page of any list except the feed. */
export const pageOf = <T>(item: z.ZodType<T>) =>
  z.strictObject({ items: z.array(item), nextCursor: z.string().nullable() });

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
const fieldError: z.ZodType<FieldError> = z.strictObject({
  path: z.string().describe('For example `actions[3].targets[0].id`; empty for the input as a whole.'),
  message: z.string(),
});
export const problemResponse: z.ZodType<Problem> = z.strictObject({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  code: z.enum(codes),
  retryable: z.boolean().describe('Whether the same call may succeed later.'),
  fields: z.array(fieldError).max(limits.fields).optional(),
  pressed: pressedResponse.optional().describe('The first press, with the code `already_pressed`.'),
});
