/** The routes of all operations: reads a request, makes the call, and sends the response. */
import { type Request, type RequestHandler, Router } from 'express';
import { HubError } from '../../core/errors.ts';
import { key } from '../../protocol/schemas/action.ts';
import { parseOrThrow } from '../error-mapping.ts';
import { type Call, Completion } from '../operations/call.ts';
import type { Operation } from '../operations/operation.ts';
import type { Services } from '../services.ts';
import { principalOf } from './authenticate.ts';
import { readBody, readFacts, readQuery, readWait, requestLocale } from './request-input.ts';
import { byVariables } from './routes.ts';

/** Their order in the header `Allow`. */
const METHODS = ['GET', 'POST', 'PUT', 'DELETE'];

export function operationRoutes(operations: readonly Operation[], services: Services): Router {
  const router = Router();
  const byPath = new Map<string, Operation[]>();
  for (const operation of operations) {
    const path = operation.path.replace('/v1', '');
    byPath.set(path, [...(byPath.get(path) ?? []), operation]);
  }
  const sorted = [...byPath].sort(([left], [right]) => byVariables(left, right));
  for (const [path, ofPath] of sorted) {
    for (const operation of ofPath) router[operation.method](path, handlerOf(operation, services));
    const methods = ofPath.map(({ method }) => method.toUpperCase());
    router.all(path, allowOnly(...METHODS.filter((method) => methods.includes(method))));
  }
  return router;
}

/** Rejects all methods that the routes before it did not handle. */
const allowOnly =
  (...methods: string[]): RequestHandler =>
  (request, response) => {
    response.set('Allow', methods.join(', '));
    throw new HubError(
      'method_not_allowed',
      `this path accepts ${methods.join(' and ')}, not ${request.method}`,
    );
  };

const handlerOf =
  (operation: Operation, services: Services): RequestHandler =>
  async (request, response) => {
    const call = readCall(operation, services, request);
    const result = await operation.run(call, {
      path: request.params,
      query: readQuery(request),
      body: operation.bodyIsOptional ? (request.body ?? {}) : operation.body && readBody(request),
    });
    if (result instanceof Completion) response.status(result.completed ? 200 : 202).json(result.response);
    else response.status(statusOf(operation)).json(result);
  };

/** @throws HubError invalid_input */
function readCall(operation: Operation, services: Services, request: Request): Call {
  const principal = principalOf(request);
  const wait = operation.wait ? readWait(request) : false;
  return {
    services,
    principal,
    locale: requestLocale(request),
    wait,
    key() {
      const header = operation.idempotent ? request.get('Idempotency-Key') : undefined;
      return header === undefined ? undefined : parseOrThrow(key, header, 'Idempotency-Key');
    },
    origin: null,
    request: () => readFacts(request, principal),
  };
}

/** The status of a call that always has the same one. */
const statusOf = ({ responses }: Operation): number =>
  Object.keys(responses)
    .map(Number)
    .find((status) => status < 300) ?? 200;
