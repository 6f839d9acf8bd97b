import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import type { Authenticator } from '../auth/authenticator.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Release } from '../limits/slots.ts';
import { createCallSignal } from '../operations/call.ts';
import { sentLengthOf } from './request-input.ts';

interface RequestCall {
  principal: Principal;
  signal: AbortSignal;
  /** Releases the call's slots, once it has them. */
  release: Release;
}

const calls = new WeakMap<Request, RequestCall>();

export const authenticate =
  (authenticator: Authenticator, trustedProxies: number): RequestHandler =>
  async (request: Request, response: Response, next: NextFunction) => {
    const [scheme, token, ...rest] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
      throw new HubError('unauthenticated', 'the header Authorization must be "Bearer" and a token');
    }
    const verified = await authenticator.verify(token, clientAddress(request, trustedProxies));
    const { signal, abort } = createCallSignal();
    response.once('close', () => {
      if (!response.writableFinished) abort();
    });
    const call: RequestCall = {
      principal: {
        ...verified,
        call: { signal, releaseSlot: () => call.release(), bytes: sentLengthOf(request) },
      },
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
