/** Tracker operations, shared by HTTP and sockets. */
import type { Principal } from '../../core/access/principal.ts';
import { userIdOf } from '../../core/access/users.ts';
import type { TrackDeps } from '../../core/trackers/deps.ts';
import { ownedTrackers, trackedObjects, trackersOf, usersTracking } from '../../core/trackers/list.ts';
import { track } from '../../core/trackers/track.ts';
import { untrack } from '../../core/trackers/untrack.ts';
import type { TrackResult } from '../../core/trackers/with-changes.ts';
import type { ClassRef, Ref, TrackersAnswer } from '../../protocol/entities.ts';
import type {
  ParsedOwnedQuery,
  ParsedTrack,
  ParsedTrackers,
  ParsedTrackersOfQuery,
  ParsedUntrack,
} from '../../protocol/schemas/trackers.ts';
import type { CompletionWaiter } from '../completion-waiter.ts';

export type TrackerServicesDeps = TrackDeps & { completionWaiter: CompletionWaiter };

/** The response, and whether feeds are known to be up to date with the change. */
export interface TrackersResult {
  response: TrackersAnswer;
  completed: boolean;
}

export class TrackerServices {
  readonly #deps: TrackerServicesDeps;

  constructor(deps: TrackerServicesDeps) {
    this.#deps = deps;
  }

  track(principal: Principal, user: string, input: ParsedTrack, wait = false): Promise<TrackersResult> {
    const calls = [{ user, input, pathPrefix: '' }];
    return this.#withCompletion(principal, wait, () => track(this.#deps, principal, calls));
  }

  trackMany(principal: Principal, { trackers }: ParsedTrackers, wait: boolean): Promise<TrackersResult> {
    const calls = trackers.map(({ user, ...input }, index) => {
      const pathPrefix = `trackers[${index}].`;
      return { user: userIdOf(user, this.#deps.settings, `${pathPrefix}user`), input, pathPrefix };
    });
    return this.#withCompletion(principal, wait, () => track(this.#deps, principal, calls));
  }

  untrack(principal: Principal, user: string, input: ParsedUntrack, wait = false): Promise<TrackersResult> {
    return this.#withCompletion(principal, wait, () => untrack(this.#deps, principal, user, input));
  }

  /** Returns the user of a socket call: the caller, unless the call names another user. @throws HubError invalid_input */
  userOf(principal: Principal, named: string | Ref | undefined): string {
    return named === undefined ? principal.sub : userIdOf(named, this.#deps.settings, 'user');
  }

  owned(principal: Principal, user: string, query: ParsedOwnedQuery) {
    return ownedTrackers(this.#deps, principal, user, query);
  }

  tracked(principal: Principal, user: string, query: ParsedOwnedQuery) {
    return trackedObjects(this.#deps, principal, user, query);
  }

  ofObject(principal: Principal, object: Ref | ClassRef, query: ParsedTrackersOfQuery) {
    return trackersOf(this.#deps, principal, object, query);
  }

  usersTracking(principal: Principal, object: Ref | ClassRef, query: ParsedTrackersOfQuery) {
    return usersTracking(this.#deps, principal, object, query);
  }

  async #withCompletion(
    { space, call }: Principal,
    wait: boolean,
    change: () => Promise<TrackResult>,
  ): Promise<TrackersResult> {
    if (wait) await this.#deps.completionWaiter.prepare(space);
    const { trackers, pendingIds } = await change();
    const completed = wait && (await this.#deps.completionWaiter.waitForCompletion(space, pendingIds, call));
    return { response: { trackers }, completed };
  }
}
