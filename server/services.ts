/** What HTTP and sockets both call: the core's use cases, bound to this gateway. */
import { checkSelf, isService, type Principal } from '../core/access.ts';
import { forbidden, HubError } from '../core/errors.ts';
import { feedChanges } from '../core/feed/changes.ts';
import type { FeedDeps } from '../core/feed/deps.ts';
import { listFeed } from '../core/feed/list.ts';
import { type MarkCall, markFeed } from '../core/feed/mark.ts';
import { itemId, keyOf } from '../core/keys.ts';
import { type LogDeps, type LogRequest, logActions } from '../core/log.ts';
import { presentAction } from '../core/present.ts';
import { track, untrack } from '../core/track.ts';
import type { Action, Counts, LogAnswer } from '../protocol/entities.ts';
import type { ParsedFeedQuery, ParsedTrack, ParsedUntrack } from '../protocol/schemas/calls.ts';
import type { Waiting } from './waiting.ts';

export type ServiceDeps = FeedDeps & LogDeps & { waiting: Waiting };

export class Services {
  readonly #deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.#deps = deps;
  }

  /** With `wait` the answer has results, unless feeds are not up to date within 30 s. */
  async log(principal: Principal, request: LogRequest, wait: boolean): Promise<LogAnswer> {
    if (!wait) return { ids: await logActions(this.#deps, principal, request) };
    const { space } = principal;
    await this.#deps.waiting.prepare(space);
    const ids = await logActions(this.#deps, principal, request);
    if (!(await this.#deps.waiting.settled(space, ids))) return { ids };
    const stored = await this.#deps.spaces.reader(space).actions.byIds([...new Set(ids)]);
    const results = ids.flatMap((id) => {
      const action = stored.get(id);
      return action ? [{ id, outcome: 'created' as const, action: presentAction(action) }] : [];
    });
    return { ids, results };
  }

  /** An action one did, or has in one's feed; with the service scope any. */
  async action(principal: Principal, id: string): Promise<Action> {
    const { actions, feeds } = this.#deps.spaces.reader(principal.space);
    const found = (await actions.byIds([id])).get(id);
    if (!isService(principal)) {
      checkSelf(principal, 'feed', principal.sub);
      const self = `${this.#deps.settings.userType}:${principal.sub}`;
      const own = found?.actor && keyOf(found.actor) === self;
      if (!own && (await feeds.byIds([itemId(id, principal.sub)])).length === 0) {
        throw forbidden('the action is not yours and not in your feed');
      }
    }
    if (!found) throw new HubError('not_found', 'there is no such action');
    return presentAction(found);
  }

  list(principal: Principal, user: string, query: ParsedFeedQuery) {
    return listFeed(this.#deps, principal, user, query);
  }

  changes(principal: Principal, user: string, query: { position: string; locale?: string }) {
    return feedChanges(this.#deps, principal, user, query);
  }

  async counts(principal: Principal, user: string): Promise<Counts> {
    checkSelf(principal, 'feed', user);
    return this.#deps.spaces.reader(principal.space).feeds.counts(user);
  }

  mark(principal: Principal, call: MarkCall) {
    return markFeed(this.#deps, principal, call);
  }

  track(principal: Principal, user: string, input: ParsedTrack) {
    return track(this.#deps, principal, user, input);
  }

  untrack(principal: Principal, user: string, input: ParsedUntrack) {
    return untrack(this.#deps, principal, user, input);
  }
}
