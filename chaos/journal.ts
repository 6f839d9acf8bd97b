/**
 * The requests to the hub and its responses, which are the input of the model. The steps of an actor or a user are
 * sequential: each starts after the response to the previous one.
 */
import type { ModelMark, ModelMove, ModelObject, ModelTracker } from '../dev/model/feed.ts';

export interface LoggedInput {
  /** In the action's data as `n: [marker]`. Merging unites these lists, so an action contains the markers of its members. */
  marker: string;
  verb: string;
  targets: ModelObject[];
  related: ModelObject[];
  notify: string[];
  /** Milliseconds; `null`: the gateway sets it. */
  timestamp: number | null;
}

export type ActorStep =
  | ({ kind: 'log'; inputs: LoggedInput[]; ids: string[] } & Timing)
  | { kind: 'recall'; id: string }
  | { kind: 'delete'; object: ModelObject; actions: 'keep' | 'delete' };

/** A marked item, as it was in the user's list. */
export interface MarkedItem {
  action: string;
  at: number;
}

/** Times of the first attempt and of the response, in milliseconds of the harness's clock. */
export interface Timing {
  sentAt: number;
  answeredAt: number;
}

export type UserStep =
  | ({ kind: 'track'; object: ModelObject; since: number } & Timing)
  | ({ kind: 'untrack'; object: ModelObject } & Timing)
  /** `isCertain`: false if the hub may have skipped some items, because they changed after the given position. */
  | { kind: 'mark'; mark: ModelMark; items: MarkedItem[]; isCertain: boolean }
  /**
   * A change of the items' state. `isCertain`: false if it is unknown. Snoozed items return at `until`, before the comparison if
   * `returns` is true.
   */
  | {
      kind: 'move';
      move: ModelMove;
      until: number;
      returns: boolean;
      items: MarkedItem[];
      isCertain: boolean;
    };

export class Journal {
  readonly actors = new Map<string, ActorStep[]>();
  readonly users = new Map<string, UserStep[]>();
  /** Trackers that were created before the first action. */
  readonly trackers = new Map<string, ModelTracker[]>();
  /** Ids of actions that may be lost: they were pending in Redis when it was flushed. */
  readonly possiblyLost = new Set<string>();

  ofActor(actor: string): ActorStep[] {
    return getOrCreate(this.actors, actor);
  }

  ofUser(user: string): UserStep[] {
    return getOrCreate(this.users, user);
  }
}

function getOrCreate<T>(map: Map<string, T[]>, key: string): T[] {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
}
