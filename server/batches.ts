/** Reading a list of actions that came in, in steps. Says the same of a bad list as the schema `batch` does at once. */
import { z } from 'zod';
import { invalid } from '../core/errors.ts';
import { STEP } from '../core/log.ts';
import type { Steps } from '../core/ports/steps.ts';
import type { FieldError } from '../protocol/errors.ts';
import { limits } from '../protocol/limits.ts';
import { actionInput, batchOf, type ParsedAction } from '../protocol/schemas/action.ts';
import { parse } from '../protocol/schemas/parse.ts';

const list = batchOf(z.unknown());

/** @throws HubError invalid_input */
export function* readBatch(input: unknown): Steps<ParsedAction[]> {
  return found(yield* reading(input));
}

const body = z.strictObject({ actions: z.unknown() });

/** As `{ "actions": [...] }`. @throws HubError invalid_input */
export function* readBatchBody(input: object): Steps<ParsedAction[]> {
  const shape = parse(body, input);
  const batch = yield* reading('actions' in input ? input.actions : undefined);
  return found(shape.ok ? batch : { ...batch, fields: [...batch.fields, ...shape.fields] });
}

interface Batch {
  actions: ParsedAction[];
  /** What is wrong with it. */
  fields: FieldError[];
}

function* reading(input: unknown): Steps<Batch> {
  const shape = parse(list, input, 'actions');
  if (!shape.ok) return { actions: [], fields: shape.fields };
  const batch: Batch = { actions: [], fields: [] };
  for (const [index, each] of shape.value.entries()) {
    if (index > 0 && index % STEP === 0) yield;
    const read = parse(actionInput, each, `actions[${index}]`);
    if (read.ok) batch.actions.push(read.value);
    else batch.fields.push(...read.fields);
    if (batch.fields.length >= limits.fields) break;
  }
  return batch;
}

function found({ actions, fields }: Batch): ParsedAction[] {
  if (fields.length > 0) throw invalid(fields.slice(0, limits.fields));
  return actions;
}

/** Whether it is worth its turns. */
export const isLarge = (actions: unknown): boolean => Array.isArray(actions) && actions.length > STEP;
