/** Records what the visitors of an Express application see, as events of the hub. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventInput, RefInput } from '../../protocol/entities.ts';
import { eventNames } from '../../protocol/events.ts';
import { HubError } from '../src/error.ts';
import type { HubServer } from './hub-server.ts';
import { noteOf, type Outcome, withoutQuery } from './page-note.ts';
import type { RequestFacts } from './request-facts.ts';

/**
 * What Express, of version 4 or 5, adds to a request, as far as it is used here. That `undefined` is named lets it pass
 * under `exactOptionalPropertyTypes` as well.
 */
export type PageRequest = IncomingMessage & {
  originalUrl?: string | undefined;
  ip?: string | undefined;
};

type Maybe<T> = T | null | undefined;

export interface PageOptions<Incoming extends PageRequest> {
  /** The id of the user whose request it is, asked for after the response; `null`: nobody's. */
  user: (request: Incoming) => Maybe<string> | Promise<Maybe<string>>;
  /** What the page is about. Default: nothing. */
  related?: (request: Incoming) => Maybe<RefInput> | Promise<Maybe<RefInput>>;
  /** Requests that are not recorded, such as those of assets. Default: none. */
  ignore?: (request: Incoming) => boolean;
  /** Told of every event that could not be recorded. Default: a warning of the process. */
  onError?: (error: HubError) => void;
  /** Events under way at once; further ones are dropped, and `onError` told. Default 100. */
  most?: number;
}

/**
 * Middleware, to stand before whatever answers. When a response has been sent, or has broken off, it records one event:
 * `PageViewed` for 2xx and 304, `Redirected` for other 3xx, `PageError` for 4xx, 5xx and what broke off. It holds up no
 * response, and what goes wrong here is told to `onError` alone.
 */
export function trackPages<Incoming extends PageRequest>(
  hub: Pick<HubServer, 'event'>,
  { user, related, ignore, onError = warn, most = 100 }: PageOptions<Incoming>,
): (request: Incoming, response: ServerResponse, next: (error?: unknown) => void) => void {
  let underWay = 0;

  async function record(request: Incoming, facts: RequestFacts, outcome: Outcome): Promise<void> {
    if (ignore?.(request)) return;
    if (underWay >= most) {
      throw new HubError('unavailable', `${most} page events are under way already; one was dropped`, true);
    }
    underWay += 1;
    try {
      const [of, about] = await Promise.all([user(request), related?.(request)]);
      const input: EventInput = {
        name: nameOf(outcome),
        note: noteOf(facts.path, outcome),
        ...(of !== null && of !== undefined && { user: of }),
        ...(about !== null && about !== undefined && { related: about }),
      };
      await hub.event(input, { request: facts });
    } finally {
      underWay -= 1;
    }
  }

  const failed = (thrown: unknown): void => {
    try {
      onError(HubError.from(thrown));
    } catch {
      // Nobody is left to be told.
    }
  };

  return (request, response, next) => {
    const facts = factsOf(request);
    let sent = false;
    response.once('finish', () => {
      sent = true;
    });
    // Comes once, after what was sent whole and after what broke off.
    response.once('close', () => {
      const outcome = { status: response.statusCode, sent, location: response.getHeader('location') };
      record(request, facts, outcome).catch(failed);
    });
    next();
  };
}

/** Taken when the request comes: a connection that broke has no address any more. */
const factsOf = (request: PageRequest): RequestFacts => ({
  method: request.method ?? 'GET',
  path: withoutQuery(request.originalUrl ?? request.url ?? ''),
  address: request.ip ?? request.socket.remoteAddress ?? null,
  agent: request.headers['user-agent'] ?? null,
});

function nameOf({ status, sent }: Outcome): EventInput['name'] {
  if (!sent || status >= 400) return eventNames.PageError;
  return status >= 300 && status !== 304 ? eventNames.Redirected : eventNames.PageViewed;
}

function warn(error: HubError): void {
  process.emitWarning(`a page view was not recorded: ${error.message}`, 'HubbubWarning');
}
