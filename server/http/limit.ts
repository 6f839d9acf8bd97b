/** Rate limits and slots of HTTP calls, and their response headers (draft-ietf-httpapi-ratelimit-headers). */
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import type { Bucket } from '../../infra/redis/rates.ts';
import { limits } from '../../protocol/limits.ts';
import type { Admission } from '../limits/admission.ts';
import { type Cost, call, type RateKind } from '../limits/costs.ts';
import { allCalls } from '../operations/operations.ts';
import { callOf, principalOf } from './authenticate.ts';
import { lengthOf } from './body-length.ts';
import { readQuery } from './request-input.ts';
import type { RouteTable } from './routes.ts';

const costs = new Map<string, Cost>(
  allCalls.map(({ method, path, cost }) => [`${method.toUpperCase()} ${path}`, cost]),
);
/** Cost of an unknown path or method. */
const unknownRouteCost = call(1);

export interface CallLimit {
  /** Runs before the body is read: rejects early, or waits until the body may be read. */
  beforeBody: RequestHandler;
  /** Runs if the body cannot be read, and charges the call for that work. */
  onUnreadableBody: ErrorRequestHandler;
  /** Runs after the body is read: waits for the call's slots. */
  afterBody: RequestHandler;
}

export function limitCalls(admission: Admission, routes: RouteTable): CallLimit {
  const costOf = (request: Request): Cost => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    return costs.get(`${method} ${routes.find(request.baseUrl + request.path)}`) ?? unknownRouteCost;
  };
  const beforeBody = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const principal = principalOf(request);
    const cost = costOf(request);
    setPolicyHeader(response, admission, principal);
    const checkBacklog = async () => {
      if (cost.kind === 'log') await admission.checkBacklog(principal, request.get('Idempotency-Key'));
    };
    try {
      admission.check(principal, cost, readQuery(request));
      // Only once per payload: the check lets one payload pass from time to time, to probe for free capacity.
      const isOverloaded = admission.isOverloaded(principal);
      if (isOverloaded) await checkBacklog();
      await admission.waitToRead(principal, { bytes: bytesOf(request), signal: callOf(request).signal });
      if (!isOverloaded) await checkBacklog();
    } catch (error) {
      setRejectionHeader(response, cost.kind, error);
      throw error;
    }
    next();
  };
  const onUnreadableBody: ErrorRequestHandler = async (error: unknown, request, _response, next) => {
    const input = { query: readQuery(request), body: undefined };
    await admission.charge(principalOf(request), costOf(request), input);
    next(error);
  };
  const afterBody = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { principal, signal } = callOf(request);
    const cost = costOf(request);
    const input = { query: readQuery(request), body: request.body as unknown };
    try {
      const { quota, release } = await admission.enter({ principal, signal }, cost, input, bytesOf(request));
      callOf(request).release = release;
      releaseAtEnd(response, release);
      if (quota) response.set('RateLimit', field(quota.kind, { r: quota.left, t: seconds(quota.fullInMs) }));
    } catch (error) {
      setRejectionHeader(response, cost.kind, error);
      throw error;
    }
    next();
  };
  return { beforeBody, onUnreadableBody, afterBody };
}

/** A body of unknown length counts with the maximum length. */
const bytesOf = (request: Request): number => lengthOf(request) ?? limits.payload;

/**
 * Every handler ends the response, even if the client has disconnected. The event `close` would be too early: it fires when the
 * client disconnects, while the handler may still be running.
 */
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

function setRejectionHeader(response: Response, kind: RateKind, error: unknown): void {
  if (!(error instanceof HubError && error.code === 'rate_limited')) return;
  if (error.retryAfterMs === undefined) return;
  response.set('RateLimit', field(kind, { r: 0, t: Math.max(1, seconds(error.retryAfterMs)) }));
}
