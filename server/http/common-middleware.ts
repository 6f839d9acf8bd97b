/** Middleware for every call below `/v1` that runs before the body is read. */
import type { Request, RequestHandler, Response } from 'express';
import { HubError } from '../../core/errors.ts';
import type { ConnectionLimiter } from '../connection-limiter.ts';
import type { GracefulShutdown } from '../graceful-shutdown.ts';
import { type IncompleteInput, trackBody } from '../incomplete-input.ts';
import { type PayloadBudget, weightOf } from '../payload-budget.ts';
import { principalOf } from './authenticate.ts';

/** No cache or proxy between the hub and its caller may store a response or share it. */
export const privateResponses: RequestHandler = (_request, response, next) => {
  response.set('Cache-Control', 'no-store').vary('Authorization').vary('Accept-Language');
  next();
};

/** Handles preflight requests, which carry no token. If CORS is enabled, `cors` has already responded. */
export const preflight: RequestHandler = (request, response, next) => {
  if (request.method !== 'OPTIONS') return next();
  response.set('Allow', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS').status(204).end();
};

/** Tracks pending responses, so that the gateway finishes them before it stops. */
export const trackResponses =
  (shutdown: GracefulShutdown): RequestHandler =>
  (_request, response, next) => {
    shutdown.trackResponse(response);
    next();
  };

export const rejectDuringShutdown =
  (shutdown: GracefulShutdown): RequestHandler =>
  (_request, _response, next) => {
    shutdown.throwIfShuttingDown();
    next();
  };

/** An unauthenticated connection over the limit of its address may send one request. */
export const closeOverLimit =
  (connectionLimiter: ConnectionLimiter): RequestHandler =>
  (request, response, next) => {
    if (connectionLimiter.isOverLimit(request)) response.shouldKeepAlive = false;
    next();
  };

/** Counts the connection against the limit of its authenticated user. */
export const limitConnections =
  (connectionLimiter: ConnectionLimiter): RequestHandler =>
  (request, response, next) => {
    try {
      connectionLimiter.admitRequest(request, principalOf(request));
    } catch (error) {
      response.shouldKeepAlive = false;
      throw error;
    }
    next();
  };

/** Replaces `unauthenticated` for a connection over the limit of its address. */
export const overLimitError = (
  connectionLimiter: ConnectionLimiter,
  request: Request,
  error: HubError,
): HubError =>
  error.code === 'unauthenticated' && connectionLimiter.isOverLimit(request)
    ? new HubError('limit_reached', 'too many connections from this address are not authenticated yet')
    : error;

/** The body parser's `verify` hook: reserves memory for the body before it is parsed, until the call ends. */
export const reservePayloads =
  (payloadBudget: PayloadBudget) => (request: Request, response: Response, body: Buffer) => {
    response.once('close', payloadBudget.reserve(principalOf(request), weightOf(body)));
  };

export const trackBodies =
  (incompleteInput: IncompleteInput): RequestHandler =>
  (request, _response, next) => {
    trackBody(incompleteInput, request);
    next();
  };
