/** The core's use cases, bound to this gateway's dependencies and shared by HTTP and sockets. */
import { checkSelf, isService, type Principal } from '../core/access/principal.ts';
import { acceptActions, type LogDeps, type LogRequest } from '../core/actions/accept.ts';
import { listActions, objectActions, trackerActions } from '../core/actions/list.ts';
import { readActions } from '../core/actions/read.ts';
import { HubError } from '../core/errors.ts';
import type { EventDeps } from '../core/events/events.ts';
import type { FeedDeps } from '../core/feed/deps.ts';
import { feedChanges } from '../core/feed/read/changes.ts';
import { listFeed } from '../core/feed/read/list.ts';
import { renderActions } from '../core/feed/read/render.ts';
import { type MarkCall, markFeed } from '../core/feed/write/mark.ts';
import { resolveActions } from '../core/grouping/resolution.ts';
import { runToCompletion, type Steps } from '../core/ports/steps.ts';
import { presentAction, type View } from '../core/rendering/present.ts';
import type { Logger } from '../infra/log.ts';
import type { Action, Counts, LogAnswer, LogResult, Ref, RenderedAction } from '../protocol/entities.ts';
import type { ParsedActionsQuery, ParsedObjectActionsQuery } from '../protocol/schemas/action-queries.ts';
import type { ParsedFeedQuery } from '../protocol/schemas/calls.ts';
import type { ParsedRender } from '../protocol/schemas/render.ts';
import type { Overloads } from './limits/overloads.ts';
import { DeadLetterServices } from './services/dead-letters.ts';
import { DeletionServices, type DeletionServicesDeps } from './services/deletions.ts';
import { EventServices } from './services/events.ts';
import { TrackerServices, type TrackerServicesDeps } from './services/trackers.ts';

export type ServiceDeps = FeedDeps &
  LogDeps &
  EventDeps &
  TrackerServicesDeps &
  DeletionServicesDeps & {
    log: Logger;
    /** Records whether `log` calls are accepted. */
    overloads?: Overloads;
  };

export class Services {
  readonly deadLetters: DeadLetterServices;
  readonly deletions: DeletionServices;
  readonly events: EventServices;
  readonly trackers: TrackerServices;
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.deadLetters = new DeadLetterServices(deps);
    this.deletions = new DeletionServices(deps);
    this.events = new EventServices(deps);
    this.trackers = new TrackerServices(deps);
    this.#deps = deps;
  }

  /** Runs the work on a large payload in time slices, if a slicer is configured. */
  inSteps<T>(principal: Principal, steps: Steps<T>): Promise<T> {
    return this.#deps.inSteps
      ? this.#deps.inSteps(principal, steps)
      : Promise.resolve(steps).then(runToCompletion);
  }

  /** Calls `accept`, then `outcome` if the caller waits. */
  async log(principal: Principal, request: LogRequest, wait: boolean, locale?: string): Promise<LogAnswer> {
    const ids = await this.accept(principal, request, wait);
    return wait ? await this.outcome(principal, ids, locale) : { ids };
  }

  async accept(principal: Principal, request: LogRequest, wait: boolean): Promise<string[]> {
    if (wait) await this.#deps.completionWaiter.prepare(principal.space);
    const { overloads } = this.#deps;
    try {
      const ids = await acceptActions(this.#deps, principal, request);
      overloads?.recordAccepted(principal.space);
      return ids;
    } catch (error) {
      overloads?.recordFailed(principal.space, principal.call?.bytes ?? null, error);
      throw error;
    }
  }

  /**
   * Waits until feeds are up to date, and returns results. If that takes more than 30 s or fails, it returns only the ids: an
   * error would make the client retry and log its actions twice.
   */
  async outcome(principal: Principal, ids: string[], locale?: string): Promise<LogAnswer> {
    const { space } = principal;
    try {
      if (!(await this.#deps.completionWaiter.waitForCompletion(space, ids, principal.call))) return { ids };
      const results = await this.#resultsOf(principal, ids, locale);
      return results ? { ids, results } : { ids };
    } catch (error) {
      this.#deps.log.warn({ err: error, space, ids }, 'failed to read results of accepted actions');
      return { ids };
    }
  }

  /** Returns an action that the caller did or has in its feed; with the service scope, any action. */
  async action(principal: Principal, id: string, locale?: string): Promise<Action> {
    const [found] = await readActions(this.#deps, principal, [id], () => 'id');
    if (!found) throw new HubError('not_found', 'there is no such action');
    return presentAction(found, this.#viewOf(principal, locale));
  }

  render(principal: Principal, input: ParsedRender): Promise<RenderedAction[]> {
    return renderActions(this.#deps, principal, input);
  }

  actions(principal: Principal, query: ParsedActionsQuery) {
    return listActions(this.#deps, principal, query);
  }

  objectActions(principal: Principal, object: Ref, query: ParsedObjectActionsQuery) {
    return objectActions(this.#deps, principal, object, query);
  }

  trackerActions(principal: Principal, id: string, query: ParsedActionsQuery) {
    return trackerActions(this.#deps, principal, id, query);
  }

  list(principal: Principal, user: string, query: ParsedFeedQuery) {
    return listFeed(this.#deps, principal, user, query);
  }

  changes(principal: Principal, user: string, query: { position: string; locale?: string }) {
    return feedChanges(this.#deps, principal, user, query);
  }

  async counts(principal: Principal, user: string): Promise<Counts> {
    checkSelf(principal, 'feed', user);
    return this.#deps.spaces.reader(principal.space, principal.call?.signal).feeds.counts(user);
  }

  mark(principal: Principal, call: MarkCall) {
    return markFeed(this.#deps, principal, call);
  }

  /** Returns `null` if an action has no outcome: Redis lost it before it was stored. */
  async #resultsOf(
    principal: Principal,
    ids: readonly string[],
    locale?: string,
  ): Promise<LogResult[] | null> {
    const resolved = await resolveActions(this.#deps.spaces.reader(principal.space).actions, ids);
    if (ids.some((id) => !resolved.has(id))) return null;
    const view = this.#viewOf(principal, locale);
    return ids.flatMap((id) => {
      const found = resolved.get(id);
      // The action may have been recalled meanwhile.
      return found?.action ? [{ id, outcome: found.outcome, action: presentAction(found.action, view) }] : [];
    });
  }

  #viewOf(principal: Principal, locale?: string): View {
    const user = isService(principal) ? undefined : principal.sub;
    return { handlers: this.#deps.handlers, locale, user };
  }
}
