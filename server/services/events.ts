/** Event operations, shared by HTTP and sockets. */
import type { Principal } from '../../core/access/principal.ts';
import {
  createEvent,
  type EventCall,
  type EventDeps,
  eventStats,
  eventsOfObject,
  latestEvent,
  listEvents,
} from '../../core/events/events.ts';
import type { Ref } from '../../protocol/entities.ts';
import type { ParsedEventsQuery } from '../../protocol/schemas/events.ts';

export class EventServices {
  readonly #deps: EventDeps;

  constructor(deps: EventDeps) {
    this.#deps = deps;
  }

  create(principal: Principal, call: EventCall) {
    return createEvent(this.#deps, principal, call);
  }

  list(principal: Principal, query: ParsedEventsQuery) {
    return listEvents(this.#deps, principal, query);
  }

  ofObject(principal: Principal, object: Ref, query: Omit<ParsedEventsQuery, 'related'>) {
    return eventsOfObject(this.#deps, principal, object, query);
  }

  latest(principal: Principal, user: string, name: string | undefined) {
    return latestEvent(this.#deps, principal, user, name);
  }

  stats(principal: Principal, user: string) {
    return eventStats(this.#deps, principal, user);
  }
}
