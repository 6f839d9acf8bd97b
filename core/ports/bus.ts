import type { RemovedItem, StoredAction, StoredItem } from '../model/entities.ts';

/** Messages about a space, published to all processes. Delivery is not guaranteed: see decision 7. */
export type BusMessage =
  /** New or changed items of up to 1,000 users, with their actions. */
  | { kind: 'items'; items: StoredItem[]; actions: StoredAction[] }
  /** Items left the feeds of up to 1,000 users. */
  | { kind: 'removed'; items: RemovedItem[] }
  /** Actions were stored or changed; `removed` lists deleted ones. For clients that watch objects. */
  | {
      kind: 'actions';
      actions: StoredAction[];
      removed: Array<{ id: string; keys: string[] }>;
      position: number;
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
      position: number;
      origin: string | null;
    }
  /** So much of the user's feed changed that clients should reload it. */
  | { kind: 'reset'; user: string; position: number }
  /** Feeds are up to date with these actions, or with these tasks (by name). */
  | { kind: 'completed'; ids: string[]; deadLettered?: boolean };

export interface Bus {
  publish(space: string, message: BusMessage): Promise<void>;
}

/** Assigns positions and tracks in-flight writes. One per hub, shared by all processes. */
export interface PositionClock {
  /** Assigns a position to a write to these users' feeds. `writer` identifies the write until it ends. */
  begin(space: string, writer: string, users: readonly string[]): Promise<number>;
  /**
   * The write is stored, pushed and revalidated. Returns false if it took so long that readers may have passed its
   * position.
   */
  end(space: string, writer: string): Promise<boolean>;
  /** The watermark of this user's feed: every write up to it is visible. */
  watermark(space: string, user: string): Promise<number>;
  /** Returns a position below that of every later `begin`. */
  now(space: string): Promise<number>;
  /**
   * The start of the current epoch. Positions below it belong to an earlier Redis memory, whose in-flight
   * writes were lost. Clients that hold one must reload. 0 if there is no earlier epoch.
   */
  readonly epoch: number;
  /** Writes of any space that are in flight for longer than readers wait: the writer is slow or crashed. */
  crashedWriters(): Promise<InFlightWrite[]>;
  /** The effects of such a write were repaired. */
  release(write: InFlightWrite): Promise<void>;
}

/** A write that began and did not end. */
export interface InFlightWrite {
  space: string;
  writer: string;
  position: number;
  users: string[];
}

/**
 * A process that reads trackers or actions and then writes items cannot see changes in between. A process
 * that removes trackers or actions records an invalidation before and after. A process that wrote items
 * queries them and revalidates (decision 15).
 */
export interface Invalidations {
  /**
   * Records that these names are being removed (`userInvalidation`, …). Active for a minute, or until `end`.
   */
  begin(space: string, names: readonly string[]): Promise<void>;
  /** The removal is complete. Readers that began earlier still see it. */
  end(space: string, names: readonly string[]): Promise<void>;
  /** Returns what was or is being removed since the position; `null` if the position is too old. */
  since(space: string, position: number): Promise<string[] | null>;
}

export const userInvalidation = (user: string): string => `u:${user}`;
export const actionInvalidation = (id: string): string => `a:${id}`;
export const objectInvalidation = (key: string): string => `o:${key}`;

export type NewId = () => string;
export type Now = () => number;
