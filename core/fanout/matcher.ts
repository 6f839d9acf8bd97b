import type { LoggedAction, StoredAction, TrackerMatch } from '../model/entities.ts';
import { groupBy } from '../model/group-by.ts';
import { isMatch, type Role, rolesByKey } from '../model/matching.ts';
import { asMillis } from '../model/units.ts';

/** An action and users who receive it. `since` is that of the tracker. */
export interface Match<A = StoredAction> {
  action: A;
  users: ReadonlyArray<Pick<TrackerMatch, 'user' | 'since'>>;
}

/** Before every action: what a user in `notify` receives is unread. */
const ALWAYS = asMillis(Number.NEGATIVE_INFINITY);

/** Matches the actions of a batch with trackers (rule 1). */
export class Matcher<A extends LoggedAction = StoredAction> {
  /** Sorted, so that a retry processes them in the same order and can resume at a checkpoint. */
  readonly keys: string[];
  readonly #actions: readonly A[];
  readonly #byKey: ReadonlyMap<string, ReadonlyArray<{ action: A; role: Role }>>;
  #remaining: ReadonlySet<string> | null = null;

  constructor(actions: readonly A[]) {
    this.#actions = actions;
    const roles = actions.flatMap((action) =>
      [...rolesByKey(action)].map(([key, role]) => ({ action, key, role })),
    );
    this.#byKey = groupBy(roles, ({ key }) => key);
    this.keys = [...this.#byKey.keys()].sort();
  }

  /** An upper bound of the matches of these trackers. */
  maxMatches(trackers: readonly TrackerMatch[]): number {
    return trackers.reduce((sum, tracker) => sum + (this.#byKey.get(tracker.key)?.length ?? 0), 0);
  }

  /** Ignores all other actions from now on. */
  restrictTo(ids: ReadonlySet<string>): void {
    this.#remaining = ids;
  }

  *match(trackers: readonly TrackerMatch[]): Generator<Match<A>> {
    for (const [key, ofKey] of groupBy(trackers, (tracker) => tracker.key)) {
      for (const { action, role } of this.#byKey.get(key) ?? []) {
        if (this.#remaining && !this.#remaining.has(action.id)) continue;
        const users = ofKey.filter((tracker) => isMatch(tracker, role, action.verb));
        if (users.length > 0) yield { action, users };
      }
    }
  }

  *matchNotified(): Generator<Match<A>> {
    for (const action of this.#actions) {
      if (action.notify.length === 0) continue;
      yield { action, users: action.notify.map((user) => ({ user, since: ALWAYS })) };
    }
  }
}
