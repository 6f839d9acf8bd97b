/** The names under which schemas stand in the document. */
import type { z } from 'zod';
import { actionInput } from '../../protocol/schemas/action.ts';
import * as answers from '../../protocol/schemas/answers.ts';
import { ref, tracked } from '../../protocol/schemas/refs.ts';
import { anyJson } from '../../protocol/schemas/sent.ts';
import { plain } from './plain.ts';

export const components: Record<string, z.core.$ZodType> = {
  RefInput: plain(ref),
  TrackedInput: plain(tracked),
  ActionInput: plain(actionInput),
  Json: anyJson,
  Ref: answers.refAnswer,
  ClassRef: answers.classRefAnswer,
  DeletedRef: answers.deletedRefAnswer,
  Action: answers.actionAnswer,
  FeedItem: answers.itemAnswer,
  Counts: answers.countsAnswer,
  Tracker: answers.trackerAnswer,
  DeadLetter: answers.deadLetterAnswer,
  Event: answers.eventAnswer,
  EventStats: answers.eventStatsAnswer,
  Problem: answers.problemAnswer,
};
