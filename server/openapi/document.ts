/** Builds the OpenAPI document (`GET /openapi.json`) from the schemas that validate calls. */
import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type ErrorCode, errorCodes } from '../../protocol/errors.ts';
import { actionInput, key } from '../../protocol/schemas/action.ts';
import { anyJson } from '../../protocol/schemas/input-schema.ts';
import { ref, tracked } from '../../protocol/schemas/refs.ts';
import * as schemas from '../../protocol/schemas/responses.ts';
import type { CallDescription } from '../operations/operation.ts';
import { allCalls } from '../operations/operations.ts';
import { toInputQuery, toInputSchema } from './input-schema.ts';
import { socketTable } from './sockets.ts';

const description = `Applications log what happened. People follow objects. Everyone who follows an object sees its actions in a live feed.

Errors are RFC 9457 problems with a stable \`code\`. Lists return \`items\` and \`nextCursor\`; cursors are opaque. Every ref may be
written as \`"project:p1"\` or as \`{ "type": "project", "id": "p1" }\`. In paths, a user is its bare id.

The language of texts is the \`locale\` of the call, else the preference in \`Accept-Language\`, else the default of the hub.

Calls without the service scope are rate-limited. The headers \`RateLimit-Policy\` and \`RateLimit\` of every response contain the
limits. With 429, \`Retry-After\` contains the delay before the next attempt. A batch that exceeds the whole quota passes if the quota
is unused.

To try calls, choose **Authorize** and paste a token.

${socketTable}`;

const components: Record<string, z.core.$ZodType> = {
  RefInput: toInputSchema(ref),
  TrackedInput: toInputSchema(tracked),
  ActionInput: toInputSchema(actionInput),
  Json: anyJson,
  Ref: schemas.refResponse,
  ClassRef: schemas.classRefResponse,
  DeletedRef: schemas.deletedRefResponse,
  Action: schemas.actionResponse,
  Button: schemas.buttonResponse,
  FeedItem: schemas.itemResponse,
  Pressed: schemas.pressedResponse,
  Counts: schemas.countsResponse,
  Tracker: schemas.trackerResponse,
  DeadLetter: schemas.deadLetterResponse,
  Event: schemas.eventResponse,
  EventStats: schemas.eventStatsResponse,
  Problem: schemas.problemResponse,
};

/** Path parameters by name. */
const pathParameters: Readonly<Record<string, z.core.$ZodType>> = {
  id: z.string().min(1).describe('An id. Users have bare ids: `ada` for `user:ada`.'),
  item: z.string().min(1).describe('The id of an item in the feed of the user.'),
  ref: z.string().min(1).describe('A ref such as `project:p1`.'),
};

const wait = z
  .boolean()
  .optional()
  .describe('Respond when feeds are up to date (`1` or `true`), or with 202 after 30 s.');

export const buildDocument = (): oas31.OpenAPIObject =>
  createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Hubbub', version: 'v1', description },
      tags: [...new Set(allCalls.map((each) => each.tag))].map((name) => ({ name })),
      paths: paths(),
      components: {
        schemas: components,
        securitySchemes: {
          token: {
            type: 'http',
            scheme: 'bearer',
            bearerFormat: 'JWT',
            description: 'Claims: `sub`, `exp`, and optionally `space`, `scope`, `objects`, `verbs`.',
          },
        },
      },
    },
    {
      override: ({ jsonSchema }) => {
        // The format already describes the pattern of dates.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        // Every JSON integer has these limits.
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      },
    },
  );

function paths(): ZodOpenApiPathsObject {
  const all: ZodOpenApiPathsObject = {};
  for (const operation of allCalls) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    all[path] = { ...all[path], [operation.method]: describe(operation) };
  }
  return all;
}

function describe(operation: CallDescription): ZodOpenApiOperationObject {
  const names = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  const path = Object.fromEntries(names.map((name) => [name, pathParameters[name] ?? z.string()]));
  const query = {
    ...(operation.query && toInputQuery(operation.query).shape),
    ...(operation.wait && { wait }),
  };
  const header = { ...(operation.idempotent && { 'Idempotency-Key': key.optional() }) };
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description && { description: operation.description }),
    ...(needsToken(operation) && { security: [{ token: [] }] }),
    requestParams: { path: z.object(path), query: z.object(query), header: z.object(header) },
    ...(operation.body && {
      requestBody: {
        required: !operation.bodyIsOptional,
        content: { 'application/json': { schema: toInputSchema(operation.describedBody ?? operation.body) } },
      },
    }),
    responses: responses(operation),
  };
}

function responses(operation: CallDescription): ZodOpenApiResponsesObject {
  const all: ZodOpenApiResponsesObject = {};
  for (const [status, { description, schema, contentType }] of Object.entries(operation.responses)) {
    const content = schema ? { 'application/json': { schema } } : { [contentType ?? 'text/plain']: {} };
    all[status as '200'] = { description, content };
  }
  for (const code of errorCodesOf(operation)) {
    const { status, title } = errorCodes[code];
    const name = String(status) as '400';
    const known = all[name];
    const described = known && 'description' in known ? `${known.description}; ${title}` : title;
    all[name] = {
      description: described,
      content: { 'application/problem+json': { schema: schemas.problemResponse } },
    };
  }
  return all;
}

const needsToken = ({ path }: CallDescription): boolean => path.startsWith('/v1/');

function errorCodesOf(operation: CallDescription): ErrorCode[] {
  if (!needsToken(operation)) return [];
  const codes: ErrorCode[] = [
    ...(operation.body ? (['invalid_json'] as const) : []),
    'invalid_input',
    'unauthenticated',
    'forbidden',
    ...(operation.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(operation.errors ?? []),
    'limit_reached',
    'rate_limited',
    'internal',
    ...(operation.body ? (['overloaded'] as const) : []),
    'unavailable',
  ];
  return [...new Set(codes)];
}
