import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Principal } from '../../core/access.ts';
import { HubError } from '../../core/errors.ts';
import type { Gate } from '../gate.ts';

const principals = new WeakMap<Request, Principal>();

export const authenticate =
  (gate: Gate): RequestHandler =>
  async (request: Request, _response: Response, next: NextFunction) => {
    const [scheme, token, ...rest] = request.headers.authorization?.split(' ') ?? [];
    if (scheme?.toLowerCase() !== 'bearer' || !token || rest.length > 0) {
      throw new HubError('unauthenticated', 'the header Authorization must be "Bearer" and a token');
    }
    principals.set(request, await gate.verify(token));
    next();
  };

export function principalOf(request: Request): Principal {
  const principal = principals.get(request);
  if (!principal) throw new HubError('unauthenticated');
  return principal;
}
