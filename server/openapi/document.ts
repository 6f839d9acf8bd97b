/** `GET /openapi.json`: the API's description, made of the schemas that check calls. */
import { z } from 'zod';
import {
  createDocument,
  type oas31,
  type ZodOpenApiOperationObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi';
import { type ErrorCode, errorCodes } from '../../protocol/errors.ts';
import { key } from '../../protocol/schemas/action.ts';
import { problemAnswer } from '../../protocol/schemas/answers.ts';
import { components } from './components.ts';
import { needsToken, type Operation } from './operation.ts';
import { operations } from './operations.ts';
import { plain, plainQuery } from './plain.ts';
import { socketTable } from './sockets.ts';

const description = `Applications say what happened, people say what they follow, everyone who follows sees it in a live feed.

Errors are RFC 9457 problems with a stable \`code\`. Lists answer \`items\` and \`nextCursor\`; cursors are opaque. Wherever a ref
is taken, \`"project:p1"\` and \`{ "type": "project", "id": "p1" }\` are the same. In paths a user is its bare id.

Texts are in the language that a call's \`locale\` names, else in what \`Accept-Language\` prefers, else in English.

Without the service scope calls are limited by rate: the fields \`RateLimit-Policy\` and \`RateLimit\` of every answer say how far, and a
429 says in \`Retry-After\` when to try again. A batch that is larger than the whole quota passes when none of it is used.

To try calls out, choose **Authorize** and paste a token.

${socketTable}`;

/** Of every path's parameters, by name. */
const pathParameters: Readonly<Record<string, z.core.$ZodType>> = {
  id: z.string().min(1).describe('An id; of users the bare one: `ada` for `user:ada`.'),
  ref: z.string().min(1).describe('A ref such as `project:p1`.'),
};

const wait = z
  .boolean()
  .optional()
  .describe('Answer when feeds are up to date: `1` or `true`; after 30 s with 202 after all.');

export const buildDocument = (): oas31.OpenAPIObject =>
  createDocument(
    {
      openapi: '3.1.0',
      info: { title: 'Hubbub', version: 'v1', description },
      tags: [...new Set(operations.map((each) => each.tag))].map((name) => ({ name })),
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
        // The pattern of dates says nothing to a reader that the format does not.
        if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
        // What every whole number in JSON is bounded by.
        if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
        if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      },
    },
  );

function paths(): ZodOpenApiPathsObject {
  const all: ZodOpenApiPathsObject = {};
  for (const operation of operations) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    all[path] = { ...all[path], [operation.method]: describe(operation) };
  }
  return all;
}

function describe(operation: Operation): ZodOpenApiOperationObject {
  const names = [...operation.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  const path = Object.fromEntries(names.map((name) => [name, pathParameters[name] ?? z.string()]));
  const query = {
    ...(operation.query && plainQuery(operation.query).shape),
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
        content: { 'application/json': { schema: plain(operation.body) } },
      },
    }),
    responses: responses(operation),
  };
}

function responses(operation: Operation): ZodOpenApiResponsesObject {
  const all: ZodOpenApiResponsesObject = {};
  for (const [status, { description, schema, contentType }] of Object.entries(operation.answers)) {
    const content = schema ? { 'application/json': { schema } } : { [contentType ?? 'text/plain']: {} };
    all[status as '200'] = { description, content };
  }
  for (const code of refusals(operation)) {
    const { status, title } = errorCodes[code];
    const name = String(status) as '400';
    const known = all[name];
    const described = known && 'description' in known ? `${known.description}; ${title}` : title;
    all[name] = {
      description: described,
      content: { 'application/problem+json': { schema: problemAnswer } },
    };
  }
  return all;
}

function refusals(operation: Operation): ErrorCode[] {
  if (!needsToken(operation)) return [];
  const codes: ErrorCode[] = [
    ...(operation.body ? (['invalid_json'] as const) : []),
    'invalid_input',
    'unauthenticated',
    'forbidden',
    ...(operation.body ? (['payload_too_large', 'unsupported_media_type'] as const) : []),
    ...(operation.refusals ?? []),
    'limit_reached',
    'rate_limited',
    'internal',
    ...(operation.body ? (['overloaded'] as const) : []),
    'unavailable',
  ];
  return [...new Set(codes)];
}
