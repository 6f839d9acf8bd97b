/** Compares the document at `/openapi.json` with the routes, and with the schemas that validate calls. */
import { Validator } from '@seriousme/openapi-schema-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Metrics } from '../../../infra/metrics.ts';
import { actionInput } from '../../../protocol/schemas/action.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { eventInput } from '../../../protocol/schemas/events.ts';
import { trackInput, untrackInput } from '../../../protocol/schemas/trackers.ts';
import { createApp, type HttpDeps } from '../../../server/http/app.ts';
import { buildDocument } from '../../../server/openapi/document.ts';
import { allCalls } from '../../../server/operations/operations.ts';
import { OpenApiValidator } from '../../support/openapi.ts';
import { routesOf } from '../../support/routes.ts';

const document = buildDocument();
const described = new OpenApiValidator(document);

/** Stubs. The test makes no request. */
const app = () =>
  createApp({
    config: { corsOrigin: null, limits: { trustedProxies: 0 } },
    services: {},
    metrics: new Metrics(),
  } as unknown as HttpDeps);

describe('the document', () => {
  it('has every route of the gateway, and no other', () => {
    const routes = routesOf(app).filter((route) => !route.startsWith('get /docs/'));
    const documented = allCalls.map(({ method, path }) => `${method} ${path}`).sort();
    expect(documented).toEqual(routes);
  });

  it('is OpenAPI 3.1', async () => {
    const { valid, errors } = await new Validator().validate(JSON.parse(JSON.stringify(document)));
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(document.openapi).toBe('3.1.0');
  });

  it('names every operation once, and requires a token below /v1 only', () => {
    const all = Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
      (['get', 'post', 'put', 'delete'] as const).flatMap((method) =>
        item[method] ? [{ path, ...item[method] }] : [],
      ),
    );
    const ids = all.map((operation) => operation.operationId);
    expect(new Set(ids).size).toBe(allCalls.length);
    for (const { path, security, responses } of all) {
      expect(security !== undefined).toBe(path.startsWith('/v1/'));
      expect(responses !== undefined && '401' in responses).toBe(path.startsWith('/v1/'));
    }
  });

  it('describes bodies as the schemas that validate them do', () => {
    const ref = fc.constantFrom<unknown>(
      'project:p1',
      { type: 'project', id: 'p1', name: 'One' },
      'project',
      { type: 'project' },
      'Project:p1',
      ':p1',
      'project:',
      { id: 'p1' },
      { type: 'project', id: 'p1', color: 'red' },
      7,
      null,
    );
    const refs = fc.oneof(ref, fc.array(ref, { maxLength: 2 }));
    const text = fc.constantFrom<unknown>('opened', '', 'x'.repeat(101), 3, null);
    const texts = fc.oneof(text, fc.array(text, { maxLength: 2 }));
    const flag = fc.constantFrom<unknown>(true, false, 'yes', 1);
    const json = fc.constantFrom<unknown>(null, 1, 'a', [1, { b: null }], { c: [true] });
    const level = fc.constantFrom<unknown>(0, 30, -1, 2.5, 'INFO', '', null);
    const when = fc.constantFrom<unknown>('2026-01-01T00:00:00Z', 5);
    const some = (fields: Record<string, fc.Arbitrary<unknown>>) =>
      fc.oneof({ weight: 9, arbitrary: fc.record(fields, { requiredKeys: [] }) }, json);
    const calls: Array<[path: string, schema: z.ZodType, input: fc.Arbitrary<unknown>]> = [
      [
        '/v1/actions',
        z.union([actionInput, z.strictObject({ actions: z.array(actionInput).min(1) })]),
        some({
          actor: ref,
          verb: text,
          targets: refs,
          related: refs,
          level,
          timestamp: when,
          groupingDelay: level,
          notify: texts,
          key: text,
          data: json,
          more: json,
        }),
      ],
      [
        '/v1/users/{id}/track',
        trackInput,
        some({ to: refs, verbs: texts, actorOnly: flag, log: flag, since: when, x: json }),
      ],
      ['/v1/users/{id}/untrack', untrackInput, some({ from: refs, verbs: texts, log: flag, x: json })],
      ['/v1/users/{id}/feed/read', markInput, some({ ids: texts, position: text })],
      ['/v1/events', eventInput, some({ name: text, user: ref, note: text, related: ref, x: json })],
    ];
    for (const [path, schema, input] of calls) {
      fc.assert(
        fc.property(input, (body) => {
          const isValid = schema.safeParse(body).success;
          const faults = described.requestFaults('post', path, body);
          // Only the schema requires non-empty lists, and one of several alternatives.
          if (isValid) expect(faults).toEqual([]);
          else if (!saysMore(path, body)) expect(faults).not.toEqual([]);
        }),
        { numRuns: 500 },
      );
    }
  });
});

/** True if the schema may refuse the value by a rule that the document does not describe. */
function saysMore(path: string, body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const values = Object.entries(body);
  if (path.endsWith('/read')) return !values.some(([name]) => name === 'ids');
  return values.some(([, value]) => Array.isArray(value) && value.length === 0);
}
