/** Parses a list of actions in steps. Reports the same errors as the schema `batch`, which parses all at once. */
import { z } from 'zod';
import { STEP_SIZE } from '../../core/actions/accept.ts';
import { invalid } from '../../core/errors.ts';
import type { Steps } from '../../core/ports/steps.ts';
import type { FieldError } from '../../protocol/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { actionInput, batchOf, type ParsedAction } from '../../protocol/schemas/action.ts';
import { parse } from '../../protocol/schemas/parse.ts';

const list = batchOf(z.unknown());

/** @throws HubError invalid_input */
export function* readBatch(input: unknown): Steps<ParsedAction[]> {
  return batchOrThrow(yield* parseBatch(input));
}

const body = z.strictObject({ actions: z.unknown() });

/** Parses `{ "actions": [...] }`. @throws HubError invalid_input */
export function* readBatchBody(input: object): Steps<ParsedAction[]> {
  const shape = parse(body, input);
  const batch = yield* parseBatch('actions' in input ? input.actions : undefined);
  return batchOrThrow(shape.ok ? batch : { ...batch, fields: [...batch.fields, ...shape.fields] });
}

interface ParsedBatch {
  actions: ParsedAction[];
  /** The invalid fields. */
  fields: FieldError[];
}

function* parseBatch(input: unknown): Steps<ParsedBatch> {
  const shape = parse(list, input, 'actions');
  if (!shape.ok) return { actions: [], fields: shape.fields };
  const batch: ParsedBatch = { actions: [], fields: [] };
  for (const [index, each] of shape.value.entries()) {
    if (index > 0 && index % STEP_SIZE === 0) yield;
    const result = parse(actionInput, each, `actions[${index}]`);
    if (result.ok) batch.actions.push(result.value);
    else batch.fields.push(...result.fields);
    if (batch.fields.length >= limits.fields) break;
  }
  return batch;
}

function batchOrThrow({ actions, fields }: ParsedBatch): ParsedAction[] {
  if (fields.length > 0) throw invalid(fields.slice(0, limits.fields));
  return actions;
}

/** Returns true if the list is large enough to be parsed in steps. */
export const isLargeBatch = (actions: unknown): boolean =>
  Array.isArray(actions) && actions.length > STEP_SIZE;
