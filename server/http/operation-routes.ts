/** The routes of all operations: reads a request, makes the call, and sends the response. */
import { type Request, type RequestHandler, Router } from 'express';
import { key } from '../../protocol/schemas/action.ts';
import { parseOrThrow } from '../error-mapping.ts';
import { type Call, Completion } from '../operations/call.ts';
import type { Operation } from '../operations/operation.ts';
import type { Services } from '../services.ts';
import { allowOnly } from './allowed-methods.ts';
import { principalOf } from './authenticate.ts';
import { requestFactsOf } from './request-facts.ts';
import { readBody, readQuery, readWait, requestLocale } from './request-input.ts';

/** Their order in the header `Allow`. */
const METHODS = ['GET', 'POST', 'DELETE'];

/** Below `/v1`. A path answers 405 to all other methods. */
export function operationRoutes(operations: readonly Operation[], services: Services): Router {
  const router = Router();
  const byPath = new Map<string, Operation[]>();
  for (const operation of operations) {
    const path = operation.path.replace('/v1', '');
    byPath.set(path, [...(byPath.get(path) ?? []), operation]);
  }
  // A fixed path such as `/actions/render` comes before `/actions/:id`.
  const sorted = [...byPath].sort(([left], [right]) => variablesIn(left) - variablesIn(right));
  for (const [path, ofPath] of sorted) {
    for (const operation of ofPath) router[operation.method](path, handlerOf(operation, services));
    const methods = ofPath.map(({ method }) => method.toUpperCase());
    router.all(path, allowOnly(...METHODS.filter((method) => methods.includes(method))));
  }
  return router;
}

const variablesIn = (path: string): number => path.split(':').length - 1;

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
    request: () => requestFactsOf(request, principal),
  };
}

/** The status of a call that always has the same one. */
const statusOf = ({ responses }: Operation): number =>
  Object.keys(responses)
    .map(Number)
    .find((status) => status < 300) ?? 200;
