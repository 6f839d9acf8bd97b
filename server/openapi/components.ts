/** The named schemas of the OpenAPI document. */
import type { z } from 'zod';
import { actionInput } from '../../protocol/schemas/action.ts';
import { anyJson } from '../../protocol/schemas/input-schema.ts';
import { ref, tracked } from '../../protocol/schemas/refs.ts';
import * as responses from '../../protocol/schemas/responses.ts';
import { toInputSchema } from './input-schema.ts';

export const components: Record<string, z.core.$ZodType> = {
  RefInput: toInputSchema(ref),
  TrackedInput: toInputSchema(tracked),
  ActionInput: toInputSchema(actionInput),
  Json: anyJson,
  Ref: responses.refResponse,
  ClassRef: responses.classRefResponse,
  DeletedRef: responses.deletedRefResponse,
  Action: responses.actionResponse,
  FeedItem: responses.itemResponse,
  Counts: responses.countsResponse,
  Tracker: responses.trackerResponse,
  DeadLetter: responses.deadLetterResponse,
  Event: responses.eventResponse,
  EventStats: responses.eventStatsResponse,
  Problem: responses.problemResponse,
};
