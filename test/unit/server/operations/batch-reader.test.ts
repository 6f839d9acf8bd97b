/** Reading a batch in steps gives the same result as its schema. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { HubError } from '../../../../core/errors.ts';
import { runToCompletion } from '../../../../core/ports/steps.ts';
import { batch } from '../../../../protocol/schemas/action.ts';
import { parse } from '../../../../protocol/schemas/parse.ts';
import { readBatch, readBatchBody } from '../../../../server/operations/batch-reader.ts';

const good = { actor: 'user:ada', verb: 'said', targets: ['issue:1', 'issue:1'], extra: 1 };
const bad = { actor: 'user:ada', targets: 'nobody' };
const many = (count: number, each: unknown) => Array.from({ length: count }, () => each);

const inputs: Record<string, unknown> = {
  'one action': [good],
  'many actions': many(45, good),
  'no list': 'said',
  nothing: undefined,
  'no action': [],
  'too many actions': many(501, good),
  'a bad action among good ones': [...many(30, good), bad, good],
  'more bad actions than are reported': many(40, bad),
  'something else in place of an action': [good, null, 7],
};

const outcome = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error instanceof HubError ? error.fields : error;
  }
};

describe('a batch', () => {
  it.each(Object.keys(inputs))('of %s is read as by its schema', (name) => {
    const input = inputs[name];
    const whole = parse(batch, input, 'actions');
    expect(outcome(() => runToCompletion(readBatch(input)))).toEqual(whole.ok ? whole.value : whole.fields);
    const body = parse(z.strictObject({ actions: batch }), { actions: input });
    expect(outcome(() => runToCompletion(readBatchBody({ actions: input })))).toEqual(
      body.ok ? body.value.actions : body.fields,
    );
  });

  it('with other fields than its actions reports these, too', () => {
    const input = { actions: [bad], more: 1 };
    const whole = parse(z.strictObject({ actions: batch }), input);
    expect(whole).toMatchObject({ ok: false, fields: { length: 3 } });
    expect(outcome(() => runToCompletion(readBatchBody(input)))).toEqual(whole.ok || whole.fields);
  });

  it('is read in steps', () => {
    const steps = readBatch(many(45, good));
    let pauses = 0;
    while (!steps.next().done) pauses += 1;
    expect(pauses).toBeGreaterThan(3);
  });
});
