/**
 * The definition of a call of the API. Everything that concerns the call follows from it: the route, the socket event, the
 * validation, the cost, the OpenAPI description and the entry of the access matrix.
 *
 *     transport ── reads the request ──▶ validation ──▶ run ──▶ transport sends the response
 */
import type { z } from 'zod';
import type { ErrorCode } from '../../protocol/errors.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Cost } from '../limits/costs.ts';
import type { Access } from './access.ts';
import type { Call, RawInput, SocketCall } from './call.ts';
import type { Example } from './examples.ts';
import type { PathParameters, PathValues } from './path-parameters.ts';

type Tag = 'Actions' | 'Objects' | 'Trackers' | 'Feeds' | 'Events' | 'Dead letters' | 'Service';

/** What the API reference says about a call. */
export interface CallDescription {
  method: 'get' | 'post' | 'put' | 'delete';
  /** In the syntax of Express: `/v1/users/:id/feed`. */
  path: string;
  id: string;
  tag: Tag;
  summary: string;
  /** The points that the call charges to the subject's rate. */
  cost: Cost;
  description?: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** What the API reference says of the body, if the call parses it itself. */
  describedBody?: z.ZodType;
  bodyIsOptional?: true;
  /** Whether the call accepts `wait`. */
  wait?: true;
  /** Whether the call accepts the header `Idempotency-Key`. */
  idempotent?: true;
  /** Keyed by status. A call with the responses 200 and 202 returns a `Completion`. */
  responses: Readonly<Record<number, CallResponse>>;
  /** Error codes in addition to the common ones. */
  errors?: readonly ErrorCode[];
}

interface CallResponse {
  description: string;
  /** The schema of a JSON response. Other formats have only a `contentType`. */
  schema?: z.ZodType;
  contentType?: string;
}

/** The socket event of a call. Its payload is the query or the body; the user in its path is the caller. */
export interface SocketVariant {
  event: ClientEvent;
  /** Payload, response data and effect, for the API reference. */
  describes: readonly [payload: string, data: string, does: string];
  payloadIsOptional?: true;
  /** The field `user` of the payload may name another user. */
  namesUser?: true;
  /** The field `item` of the payload is the item in the path, whose feed is that of its user. */
  namesItem?: true;
  /** Whether the event takes a second argument. */
  takesOptions?: true;
  /** Handles the event instead of the call's `run`. */
  run?: (call: SocketCall, payload: unknown) => Promise<unknown>;
}

export interface Operation extends CallDescription {
  access: Access;
  /** A valid call. */
  example: Example;
  parameters: PathParameters;
  socket?: SocketVariant;
  /** Validates the input and makes the call. @throws HubError */
  run(call: Call, input: RawInput): Promise<unknown>;
}

interface Definition<Path extends PathParameters, Query extends z.ZodObject | undefined, Body>
  extends Omit<CallDescription, 'tag' | 'query' | 'body'> {
  access: Access;
  /** The values of the path come from the examples of `parameters`. */
  example?: Pick<Example, 'query' | 'body'>;
  socket?: SocketVariant;
  parameters?: Path;
  query?: Query;
  body?: z.ZodType<Body>;
  run(call: Call, input: PathValues<Path> & { query: QueryValues<Query>; body: Body }): Promise<unknown>;
}

type QueryValues<Query> = Query extends z.ZodObject ? z.output<Query> : undefined;
const noPath = {};

export function defineOperation<
  Path extends PathParameters = typeof noPath,
  Query extends z.ZodObject | undefined = undefined,
  Body = undefined,
>(definition: Definition<Path, Query, Body>): Omit<Operation, 'tag'> {
  const { parameters = noPath as Path, query, body, example = {} } = definition;
  return {
    ...definition,
    parameters,
    example: { ...example, path: examplesOf(parameters) },
    async run(call, input) {
      const parsed = {
        body: (body && parseOrThrow(body, input.body)) as Body,
        query: (query &&
          parseOrThrow(query, withLocale(query, input.query, call.locale))) as QueryValues<Query>,
        ...(valuesOf(parameters, input.path) as PathValues<Path>),
      };
      return await definition.run(call, parsed);
    },
  };
}

export const withTag = (tag: Tag, untagged: ReadonlyArray<Omit<Operation, 'tag'>>): Operation[] =>
  untagged.map((operation) => ({ ...operation, tag }));

const examplesOf = (parameters: PathParameters): Record<string, string> =>
  Object.fromEntries(Object.values(parameters).map(({ name, example }) => [name, example]));

const valuesOf = (parameters: PathParameters, path: RawInput['path']): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(parameters).map(([field, { name, schema }]) => [
      field,
      parseOrThrow(schema, path[name], field),
    ]),
  );

/** The locale of the query overrides the caller's preference. */
function withLocale(query: z.ZodObject, input: unknown, locale: string | undefined): unknown {
  const isRecord = typeof input === 'object' && input !== null && !Array.isArray(input);
  return isRecord && 'locale' in query.shape ? { locale, ...input } : input;
}
