/**
 * Whose requests the demo takes. It gives tokens to anybody who asks, so only its own page on this machine may ask:
 *
 * - A page of another site can send requests here, as browsers do for any page. They say so in `Origin` and
 *   `Sec-Fetch-Site`.
 * - It can also have its own name resolved to 127.0.0.1, so that browsers take this for its own origin (DNS rebinding).
 *   Then `Host` is that name.
 */
import type { Request, RequestHandler } from 'express';
import { isLoopback } from '../infra/host.ts';
import { refuse } from './requests.ts';

/** `host`: where the hub listens. Whoever lets it listen elsewhere decides who reaches it, and under which names. */
export function ownPageOnly(host: string): RequestHandler {
  return (request, response, next) => {
    if (isLoopback(host) && !isOfThisMachine(request)) {
      return refuse(response, 'the demo is at localhost; HUBBUB_HOST lets it be reached by other names', 403);
    }
    if (request.method !== 'GET' && request.method !== 'HEAD' && isOfOtherSite(request)) {
      return refuse(response, 'only the page of the demo itself may ask for this', 403);
    }
    next();
  };
}

function isOfThisMachine({ headers: { host } }: Request): boolean {
  const address = `http://${host ?? ''}`;
  return host !== undefined && URL.canParse(address) && isLoopback(new URL(address).hostname);
}

/** Programs that are no browsers send neither header. */
function isOfOtherSite(request: Request): boolean {
  const site = request.get('sec-fetch-site');
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return true;
  const { origin, host } = request.headers;
  return origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host);
}
