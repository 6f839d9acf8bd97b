/**
 * What was said to the hub and what it answered: all that the model knows. Steps of one actor, and those of one user,
 * follow each other: the next begins when the hub has answered the one before.
 */
import type { ModelMark, ModelObject, ModelTracker } from '../dev/model/feed.ts';

export interface LoggedInput {
  /** Stands in the action's data as `n: [marker]`; lists unite where actions merge, so an action shows its members. */
  marker: string;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  notify: string[];
  /** Milliseconds; `null`: the gateway's clock decides. */
  timestamp: number | null;
}

export type ActorStep =
  | ({ kind: 'log'; inputs: LoggedInput[]; ids: string[] } & Said)
  | { kind: 'recall'; id: string }
  | { kind: 'delete'; object: ModelObject; actions: 'keep' | 'delete' };

/** An item as the user's list showed it when it was marked. */
export interface MarkedItem {
  action: string;
  at: number;
}

/** From when it was first sent to when it was answered: milliseconds of the harness's clock. */
export interface Said {
  sentAt: number;
  answeredAt: number;
}

export type UserStep =
  | ({ kind: 'track'; object: ModelObject; since: number } & Said)
  | ({ kind: 'untrack'; object: ModelObject } & Said)
  /** `isCertain`: false where the hub may have left some of them out, since they changed after the position given. */
  | { kind: 'mark'; mark: ModelMark; items: MarkedItem[]; isCertain: boolean };

export class Journal {
  readonly actors = new Map<string, ActorStep[]>();
  readonly users = new Map<string, UserStep[]>();
  /** Trackers from before the first action. */
  readonly trackers = new Map<string, ModelTracker[]>();
  /** Ids that may be missing: they waited in Redis when that was emptied. */
  readonly forgotten = new Set<string>();

  ofActor(actor: string): ActorStep[] {
    return entry(this.actors, actor);
  }

  ofUser(user: string): UserStep[] {
    return entry(this.users, user);
  }
}

function entry<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
