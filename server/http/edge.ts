/** What holds for every call below `/v1`, before its body is read. */
import type { Request, RequestHandler, Response } from 'express';
import { HubError } from '../../core/errors.ts';
import type { Closing } from '../closing.ts';
import { type Payloads, weightOf } from '../payloads.ts';
import { countBody, type Unfinished } from '../unfinished.ts';
import type { Visitors } from '../visitors.ts';
import { principalOf } from './authenticate.ts';

/** Nothing between the hub and its caller may keep an answer, or give it to somebody else. */
export const privateAnswers: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store').vary('Authorization').vary('Accept-Language');
  next();
};

/** A preflight carries no token. Where other origins may call, `cors` has answered it already. */
export const preflight: RequestHandler = (request, response, next) => {
  if (request.method !== 'OPTIONS') return next();
  response.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').status(204).end();
};

/** So that the gateway finishes them before it stops. */
export const noteRequests =
  (closing: Closing): RequestHandler =>
  (_request, response, next) => {
    closing.answering(response);
    next();
  };

export const refuseWhileClosing =
  (closing: Closing): RequestHandler =>
  (_request, _response, next) => {
    closing.check();
    next();
  };

/** A stranger above the bound of its address may send one request. */
export const closeExtras =
  (visitors: Visitors): RequestHandler =>
  (request, response, next) => {
    if (visitors.isExtra(request)) response.shouldKeepAlive = false;
    next();
  };

/** Counts the connection for its user, whose token was checked. */
export const boundConnections =
  (visitors: Visitors): RequestHandler =>
  (request, response, next) => {
    try {
      visitors.admitRequest(request, principalOf(request));
    } catch (error) {
      response.shouldKeepAlive = false;
      throw error;
    }
    next();
  };

/** What a stranger above the bound of its address is told instead. */
export const refusalOfExtra = (visitors: Visitors, request: Request, refusal: HubError): HubError =>
  refusal.code === 'unauthenticated' && visitors.isExtra(request)
    ? new HubError('limit_reached', 'too many connections of this address have not sent a valid token yet')
    : refusal;

/** For the body parser: what was read, before it is parsed. It is held as long as the call. */
export const countPayloads = (payloads: Payloads) => (request: Request, response: Response, body: Buffer) => {
  response.once('close', payloads.take(principalOf(request), weightOf(body)));
};

export const countBodies =
  (unfinished: Unfinished): RequestHandler =>
  (request, _response, next) => {
    countBody(unfinished, request);
    next();
  };
