import type { RemovedItem, StoredAction } from '../model/entities.ts';
import type { ItemGroup } from '../model/item-groups.ts';
import type { Position } from '../model/units.ts';

/** Messages about a space, published to all processes. Delivery is not guaranteed: see decision 7. */
export type BusMessage =
  /** New or changed items of up to 1,000 users, with their actions. */
  | { kind: 'items'; groups: ItemGroup[]; actions: StoredAction[] }
  /** Items left the feeds of up to 1,000 users. */
  | { kind: 'removed'; items: RemovedItem[] }
  /** Actions were stored or changed; `removed` lists deleted ones. For clients that watch objects. */
  | {
      kind: 'actions';
      actions: StoredAction[];
      removed: Array<{ id: string; keys: string[] }>;
      position: Position;
    }
  /** A user was deleted. Its connections close. */
  | { kind: 'userDeleted'; user: string }
  /** Items of one user were marked. `origin` is the connection that made the change. */
  | {
      kind: 'marked';
      user: string;
      ids: string[];
      unread?: boolean;
      seen?: boolean;
      position: Position;
      origin: string | null;
    }
  /** So much of the user's feed changed that clients should reload it. */
  | { kind: 'reset'; user: string; position: Position }
  /** Gateways append the ids of up to `limit` of their users to the list `reply` (decision 54). */
  | { kind: 'whoIsConnected'; reply: string; limit: number }
  /** Displays of a space have changed. Gateways append to the list `reply` that they know (decision 57). */
  | { kind: 'displaysChanged'; space: string; reply: string }
  /** Feeds are up to date with these actions, or with these tasks (by name). */
  | { kind: 'completed'; ids: string[]; deadLettered?: boolean };

export interface Bus {
  publish(space: string, message: BusMessage): Promise<void>;
}
