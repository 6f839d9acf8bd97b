import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access.ts';
import { HubError } from '../../core/errors.ts';
import { clientAddress } from '../client-address.ts';
import type { Gate } from '../gate.ts';
import { leaving } from '../leaving.ts';
import type { Release } from '../limits/slots.ts';
import { sentLengthOf } from './body-length.ts';

interface RequestCall {
  principal: Principal;
  signal: AbortSignal;
  /** Gives the call's slot back once it has one. */
  release: Release;
}

const calls = new WeakMap<Request, RequestCall>();

/** `trustedProxies`: see `clientAddress`. */
export const authenticate =
  (gate: Gate, trustedProxies: number): RequestHandler =>
  async (request: Request, response: Response, next: NextFunction) => {
    const [scheme, token, ...rest] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
      throw new HubError('unauthenticated', 'the header Authorization must be "Bearer" and a token');
    }
    const holder = await gate.verify(token, clientAddress(request, trustedProxies));
    const { signal, leave } = leaving();
    response.once('close', () => {
      if (!response.writableFinished) leave();
    });
    const call: RequestCall = {
      principal: { ...holder, call: { signal, idle: () => call.release(), bytes: sentLengthOf(request) } },
      signal,
      release: () => undefined,
    };
    calls.set(request, call);
    next();
  };

export const principalOf = (request: Request): Principal => callOf(request).principal;

export function callOf(request: Request): RequestCall {
  const call = calls.get(request);
  if (!call) throw new HubError('unauthenticated');
  return call;
}
