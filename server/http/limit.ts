/** Rates and slots of HTTP calls, and what answers say about them (draft-ietf-httpapi-ratelimit-headers). */
import type { ErrorRequestHandler, NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access.ts';
import { HubError } from '../../core/errors.ts';
import type { Bucket } from '../../infra/redis/rates.ts';
import { limits } from '../../protocol/limits.ts';
import type { Admission } from '../limits/admission.ts';
import { type Cost, call, type RateKind } from '../limits/costs.ts';
import { operations } from '../openapi/operations.ts';
import { callOf, principalOf } from './authenticate.ts';
import { lengthOf } from './body-length.ts';
import { readQuery } from './query.ts';
import type { RouteTable } from './routes.ts';

const costs = new Map<string, Cost>(
  operations.map(({ method, path, cost }) => [`${method.toUpperCase()} ${path}`, cost]),
);
/** A path or method that there is not. */
const unknown = call(1);

export interface CallLimit {
  /** Before the body is read: refuses early, and waits until it may be read. */
  early: RequestHandler;
  /** Where the body cannot be read: that was work, too. */
  unreadable: ErrorRequestHandler;
  /** After it: waits for the call's turn. */
  enter: RequestHandler;
}

export function limitCalls(admission: Admission, routes: RouteTable): CallLimit {
  const costOf = (request: Request): Cost => {
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    return costs.get(`${method} ${routes.find(request.baseUrl + request.path)}`) ?? unknown;
  };
  const early = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const principal = principalOf(request);
    const cost = costOf(request);
    tellPolicy(response, admission, principal);
    const checkBacklog = async () => {
      if (cost.kind === 'log') await admission.checkBacklog(principal, request.get('Idempotency-Key'));
    };
    try {
      admission.check(principal, cost, readQuery(request));
      // Once for each payload: the check lets one through in a while, to find out whether there is room.
      const isOverloaded = admission.isOverloaded(principal);
      if (isOverloaded) await checkBacklog();
      await admission.mayRead(principal, { bytes: bytesOf(request), signal: callOf(request).signal });
      if (!isOverloaded) await checkBacklog();
    } catch (error) {
      tellRefusal(response, cost.kind, error);
      throw error;
    }
    next();
  };
  const unreadable: ErrorRequestHandler = async (error: unknown, request, _response, next) => {
    const input = { query: readQuery(request), body: undefined };
    await admission.charge(principalOf(request), costOf(request), input);
    next(error);
  };
  const enter = async (request: Request, response: Response, next: NextFunction): Promise<void> => {
    const { principal, signal } = callOf(request);
    const cost = costOf(request);
    const input = { query: readQuery(request), body: request.body as unknown };
    try {
      const { quota, release } = await admission.enter({ principal, signal }, cost, input, bytesOf(request));
      callOf(request).release = release;
      releaseAtEnd(response, release);
      if (quota) response.set('RateLimit', field(quota.kind, { r: quota.left, t: seconds(quota.fullInMs) }));
    } catch (error) {
      tellRefusal(response, cost.kind, error);
      throw error;
    }
    next();
  };
  return { early, unreadable, enter };
}

/** A body of unknown length may be as long as bodies may be. */
const bytesOf = (request: Request): number => lengthOf(request) ?? limits.payload;

/**
 * Every handler ends the response, also one whose client left. Not the event `close`: it comes when the client leaves,
 * while the handler may still work.
 */
function releaseAtEnd(response: Response, release: () => void): void {
  response.end = new Proxy(response.end, {
    apply(end, self, given) {
      release();
      return Reflect.apply(end, self, given);
    },
  });
}

const seconds = (ms: number): number => Math.ceil(ms / 1_000);

const field = (name: RateKind, parameters: Record<string, number>): string =>
  [`"${name}"`, ...Object.entries(parameters).map(([key, value]) => `${key}=${value}`)].join(';');

function tellPolicy(response: Response, admission: Admission, principal: Principal): void {
  const policy = admission.policyOf(principal);
  if (!policy) return;
  const one = (kind: RateKind, { capacity: q, seconds: w }: Bucket) => field(kind, { q, w });
  response.set('RateLimit-Policy', `${one('log', policy.log)}, ${one('call', policy.call)}`);
}

function tellRefusal(response: Response, kind: RateKind, error: unknown): void {
  if (!(error instanceof HubError && error.code === 'rate_limited')) return;
  if (error.retryAfterMs === undefined) return;
  response.set('RateLimit', field(kind, { r: 0, t: Math.max(1, seconds(error.retryAfterMs)) }));
}
