/**
 * Checks the origin of requests to the demo. The demo gives tokens to anybody, so it accepts only its own page on this
 * machine. It protects against two attacks:
 *
 * - A page of another site sends requests here (CSRF). Browsers mark them with `Origin` and `Sec-Fetch-Site`.
 * - A site resolves its own host name to 127.0.0.1, so that browsers treat this server as its origin (DNS rebinding).
 *   `Host` then contains that name.
 */
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../config/host.ts';
import { sendProblem } from './requests.ts';

/**
 * `host`: the address the hub listens on. Other than loopback, the operator decides who can reach it, so any `Host` is
 * accepted.
 */
export function requireOwnPage(host: string): RequestHandler {
  return (request, response, next) => {
    if (isLoopback(host) && !hasLoopbackHost(request)) {
      return sendProblem(response, 'the demo is at localhost; set HUBBUB_HOST to use other names', 403);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD' && isCrossSite(request)) {
      return sendProblem(response, 'only the page of the demo itself may request this', 403);
    }
    next();
  };
}

function hasLoopbackHost({ headers: { host } }: Request): boolean {
  const address = `http://${host ?? ''}`;
  return host !== undefined && URL.canParse(address) && isLoopback(new URL(address).hostname);
}

/** Clients other than browsers send neither header. */
function isCrossSite(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = request.headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}
