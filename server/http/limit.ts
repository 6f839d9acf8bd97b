/** Rate limits and slots of HTTP calls, and their response headers (draft-ietf-httpapi-ratelimit-headers). */
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import type { Bucket } from '../../infra/redis/rates.ts';
import { limits } from '../../protocol/limits.ts';
import type { Admission } from '../limits/admission.ts';
import { type Cost, call, type RateKind } from '../limits/costs.ts';
import { allCalls } from '../operations/operations.ts';
import { callOf, principalOf } from './authenticate.ts';
import { lengthOf, readQuery } from './request-input.ts';
import type { RouteTable } from './routes.ts';

const costs = new Map<string, Cost>(
  allCalls.map(({ method, path, cost }) => [`${method.toUpperCase()} ${path}`, cost]),
);
const unknownRouteCost = call(1);

export function limitCalls(admission: Admission, routes: RouteTable) {
  const costOf = (request: Request): Cost => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    return costs.get(`${method} ${routes.find(request.baseUrl + request.path)}`) ?? unknownRouteCost;
  };
  /** Rejects early, or waits until the body may be read. */
  const beforeBody: RequestHandler = async (request, response, next) => {
    const principal = principalOf(request);
    const cost = costOf(request);
    setPolicyHeader(response, admission, principal);
    const checkBacklog = async () => {
      if (cost.kind === 'log') await admission.checkBacklog(principal, request.get('Idempotency-Key'));
    };
    await setHeaderIfRejected(response, cost.kind, async () => {
      await admission.check(principal, cost, readQuery(request));
      // Only once per payload: the check lets one payload pass from time to time, to probe for free capacity.
      const isOverloaded = admission.isOverloaded(principal);
      if (isOverloaded) await checkBacklog();
      await admission.waitToRead(principal, { bytes: bytesOf(request), signal: callOf(request).signal });
      if (!isOverloaded) await checkBacklog();
    });
    next();
  };
  /** Charges the call for the work on its body. */
  const onUnreadableBody: ErrorRequestHandler = async (error: unknown, request, _response, next) => {
    const input = { query: readQuery(request), body: undefined };
    await admission.charge(principalOf(request), costOf(request), input);
    next(error);
  };
  /** Waits for the call's slots. */
  const afterBody: RequestHandler = async (request, response, next) => {
    const { principal, signal } = callOf(request);
    const cost = costOf(request);
    const input = { query: readQuery(request), body: request.body as unknown };
    await setHeaderIfRejected(response, cost.kind, async () => {
      const { quota, release } = await admission.enter({ principal, signal }, cost, input, bytesOf(request));
      callOf(request).release = release;
      releaseAtEnd(response, release);
      if (quota) response.set('RateLimit', field(quota.kind, { r: quota.left, t: seconds(quota.fullInMs) }));
    });
    next();
  };
  return { beforeBody, onUnreadableBody, afterBody };
}

/** A body of unknown length counts with the maximum length. */
const bytesOf = (request: Request): number => lengthOf(request) ?? limits.payload;

/** Every handler ends the response. The event `close` would be too early: the client may disconnect before that. */
function releaseAtEnd(response: Response, release: () => void): void {
  response.end = new Proxy(response.end, {
    apply(end, thisArg, args) {
      release();
      return Reflect.apply(end, thisArg, args);
    },
  });
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

const field = (name: RateKind, parameters: Record<string, number>): string =>
  [`"${name}"`, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(';');

function setPolicyHeader(response: Response, admission: Admission, principal: Principal): void {
  const policy = admission.policyOf(principal);
  if (!policy) return;
  const formatPolicy = (kind: RateKind, { capacity: q, seconds: w }: Bucket) => field(kind, { q, w });
  response.set(
    'RateLimit-Policy',
    `${formatPolicy('log', policy.log)}, ${formatPolicy('call', policy.call)}`,
  );
}

async function setHeaderIfRejected(
  response: Response,
  kind: RateKind,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof HubError && error.code === 'rate_limited' && error.retryAfterMs !== undefined)
      response.set('RateLimit', field(kind, { r: 0, t: Math.max(1, seconds(error.retryAfterMs)) }));
    throw error;
  }
}
