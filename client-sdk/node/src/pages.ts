/** Express middleware that records page views as events of the hub. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { EventInput, RefInput } from '../../../protocol/entities.ts';
import { eventNames } from '../../../protocol/events.ts';
import { HubError } from '../../common/hub-error.ts';
import type { HubServer } from './hub-server.ts';
import { formatNote, type PageOutcome, withoutQuery } from './page-note.ts';
import type { RequestFacts } from './request-facts.ts';

/**
 * The properties used here that Express 4 or 5 adds to a request. `undefined` is explicit for compatibility with
 * `exactOptionalPropertyTypes`.
 */
export type PageRequest = IncomingMessage & {
  originalUrl?: string | undefined;
  ip?: string | undefined;
};

type Maybe<T> = T | null | undefined;

export interface PageOptions<Incoming extends PageRequest> {
  /** Returns the id of the requesting user; `null`: none. Called after the response. */
  user: (request: Incoming) => Maybe<string> | Promise<Maybe<string>>;
  /** Returns the object that the page is about. Default: none. */
  related?: (request: Incoming) => Maybe<RefInput> | Promise<Maybe<RefInput>>;
  /** Returns whether to skip a request, such as one for an asset. Default: none. */
  ignore?: (request: Incoming) => boolean;
  /** Called for every event that could not be recorded. Default: emits a process warning. */
  onError?: (error: HubError) => void;
  /** The maximum number of events in flight. Further ones are dropped and reported to `onError`. Default 100. */
  most?: number;
}

/**
 * Middleware to register before the routes. When a response is sent, or its connection closes early, it records one
 * event: `PageViewed` for 2xx and 304, `Redirected` for other 3xx, `PageError` for 4xx, 5xx and incomplete responses.
 * It does not delay responses, and reports errors only to `onError`.
 */
export function trackPages<Incoming extends PageRequest>(
  hub: Pick<HubServer, 'event'>,
  { user, related, ignore, onError = warn, most = 100 }: PageOptions<Incoming>,
): (request: Incoming, response: ServerResponse, next: (error?: unknown) => void) => void {
  let inFlight = 0;

  async function record(request: Incoming, facts: RequestFacts, outcome: PageOutcome): Promise<void> {
    if (ignore?.(request)) return;
    if (inFlight >= most) {
      throw new HubError('unavailable', `${most} page events are already in flight; one was dropped`, true);
    }
    inFlight += 1;
    try {
      const [userId, relatedRef] = await Promise.all([user(request), related?.(request)]);
      const input: EventInput = {
        name: eventNameFor(outcome),
        note: formatNote(facts.path, outcome),
        ...(userId !== null && userId !== undefined && { user: userId }),
        ...(relatedRef !== null && relatedRef !== undefined && { related: relatedRef }),
      };
      await hub.event(input, { request: facts });
    } finally {
      inFlight -= 1;
    }
  }

  const reportFailure = (thrown: unknown): void => {
    try {
      onError(HubError.from(thrown));
    } catch {
      // An error in `onError` cannot be reported.
    }
  };

  return (request, response, next) => {
    const facts = factsOf(request);
    let isComplete = false;
    response.once('finish', () => {
      isComplete = true;
    });
    // Emitted once, after complete and incomplete responses.
    response.once('close', () => {
      const outcome = {
        status: response.statusCode,
        isComplete,
        location: response.getHeader('location'),
      };
      record(request, facts, outcome).catch(reportFailure);
    });
    next();
  };
}

/** Read when the request arrives: a closed connection has no address. */
const factsOf = (request: PageRequest): RequestFacts => ({
  method: request.method ?? 'GET',
  path: withoutQuery(request.originalUrl ?? request.url ?? ''),
  address: request.ip ?? request.socket.remoteAddress ?? null,
  agent: request.headers['user-agent'] ?? null,
});

function eventNameFor({ status, isComplete }: PageOutcome): EventInput['name'] {
  if (!isComplete || status >= 400) return eventNames.PageError;
  return status >= 300 && status !== 304 ? eventNames.Redirected : eventNames.PageViewed;
}

function warn(error: HubError): void {
  process.emitWarning(`a page view was not recorded: ${error.message}`, 'HubbubWarning');
}
