/** What HTTP and sockets both call of trackers. */
import type { Principal } from '../../core/access.ts';
import type { Changed } from '../../core/trackers/changing.ts';
import type { TrackDeps } from '../../core/trackers/deps.ts';
import { ownedTrackers, trackedObjects, trackersOf, usersTracking } from '../../core/trackers/list.ts';
import { track } from '../../core/trackers/track.ts';
import { untrack } from '../../core/trackers/untrack.ts';
import { userIdOf } from '../../core/users.ts';
import type { ClassRef, Ref, TrackersAnswer } from '../../protocol/entities.ts';
import type {
  ParsedOwnedQuery,
  ParsedTrack,
  ParsedTrackers,
  ParsedTrackersOfQuery,
  ParsedUntrack,
} from '../../protocol/schemas/trackers.ts';
import type { Waiting } from '../waiting.ts';

export type TrackerServicesDeps = TrackDeps & { waiting: Waiting };

/** An answer, and whether feeds are known to be up to date with what was done. */
export interface Settling {
  answer: TrackersAnswer;
  settled: boolean;
}

export class TrackerServices {
  readonly #deps: TrackerServicesDeps;

  constructor(deps: TrackerServicesDeps) {
    this.#deps = deps;
  }

  track(principal: Principal, user: string, input: ParsedTrack, wait = false): Promise<Settling> {
    const calls = [{ user, input, root: '' }];
    return this.#settling(principal, wait, () => track(this.#deps, principal, calls));
  }

  trackMany(principal: Principal, { trackers }: ParsedTrackers, wait: boolean): Promise<Settling> {
    const calls = trackers.map(({ user, ...input }, index) => {
      const root = `trackers[${index}].`;
      return { user: userIdOf(user, this.#deps.settings, `${root}user`), input, root };
    });
    return this.#settling(principal, wait, () => track(this.#deps, principal, calls));
  }

  untrack(principal: Principal, user: string, input: ParsedUntrack, wait = false): Promise<Settling> {
    return this.#settling(principal, wait, () => untrack(this.#deps, principal, user, input));
  }

  /** Whom a call over a socket is about: oneself, where it names nobody. @throws HubError invalid_input */
  userOf(principal: Principal, named: string | Ref | undefined): string {
    return named === undefined ? principal.sub : userIdOf(named, this.#deps.settings, 'user');
  }

  owned(principal: Principal, user: string, query: ParsedOwnedQuery) {
    return ownedTrackers(this.#deps, principal, user, query);
  }

  tracked(principal: Principal, user: string, query: ParsedOwnedQuery) {
    return trackedObjects(this.#deps, principal, user, query);
  }

  of(principal: Principal, object: Ref | ClassRef, query: ParsedTrackersOfQuery) {
    return trackersOf(this.#deps, principal, object, query);
  }

  usersOf(principal: Principal, object: Ref | ClassRef, query: ParsedTrackersOfQuery) {
    return usersTracking(this.#deps, principal, object, query);
  }

  async #settling(
    { space, call }: Principal,
    wait: boolean,
    change: () => Promise<Changed>,
  ): Promise<Settling> {
    if (wait) await this.#deps.waiting.prepare(space);
    const { trackers, awaits } = await change();
    const settled = wait && (await this.#deps.waiting.settled(space, awaits, call));
    return { answer: { trackers }, settled };
  }
}
