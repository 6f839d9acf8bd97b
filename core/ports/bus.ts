import type { RemovedItem, StoredAction, StoredItem } from '../model.ts';

/** What processes tell each other about a space. Nobody may depend on hearing it: see decision 7. */
export type BusMessage =
  /** New or changed items of up to 1,000 users, with the actions they show. */
  | { kind: 'items'; items: StoredItem[]; actions: StoredAction[] }
  /** Items left the feeds of up to 1,000 users. */
  | { kind: 'removed'; items: RemovedItem[] }
  /** Actions were stored, or changed; `removed`: ids of actions that went. For those who watch objects. */
  | { kind: 'actions'; actions: StoredAction[]; removed: Array<{ id: string; keys: string[] }>; pos: number }
  /** A user was deleted: its connections end. */
  | { kind: 'userDeleted'; user: string }
  /** Items of one user were marked; `origin` is the connection that knows already. */
  | {
      kind: 'marked';
      user: string;
      ids: string[];
      unread?: boolean;
      seen?: boolean;
      pos: number;
      origin: string | null;
    }
  /** So much of this user's feed changed that it should reload. */
  | { kind: 'reset'; user: string; pos: number }
  /** Feeds are up to date with these actions, and with these chores (by name). */
  | { kind: 'settled'; ids: string[]; dead?: boolean };

export interface Bus {
  publish(space: string, message: BusMessage): Promise<void>;
}

/** Gives out positions and knows which are still in flight. One per hub, shared by all processes. */
export interface PositionClock {
  /** Takes a position for changes of these users' feeds. `writer` names the change until it is done. */
  begin(space: string, writer: string, users: readonly string[]): Promise<number>;
  /** The changes are written and pushed. False: it took too long, readers may have gone past it. */
  end(space: string, writer: string): Promise<boolean>;
  /** The greatest position such that every change of this user's feed up to it is visible. */
  horizon(space: string, user: string): Promise<number>;
  /** A position that every later `begin` is above. */
  now(space: string): Promise<number>;
  /**
   * Positions below this one are of a memory that was lost with all that was in flight: their holders have to reload. 0 where
   * none was.
   */
  readonly epoch: number;
  /** Changes in flight for longer than readers wait for, of any space: whoever made them is slow, or died. */
  abandoned(): Promise<Flight[]>;
  /** What such a change left is seen to. */
  forget(flight: Flight): Promise<void>;
}

/** A change that was begun and not ended. */
export interface Flight {
  space: string;
  writer: string;
  pos: number;
  users: string[];
}

/**
 * Whoever reads trackers or actions and then writes items cannot know what changed in between. Whoever takes trackers or
 * actions away says so here, before and after; whoever wrote items asks, and looks again at those named (decision 15).
 */
export interface Churn {
  /** These are being taken away: `userChurn`, `actionChurn` or `objectChurn` names. Counts for a minute, or until `done`. */
  begin(space: string, names: readonly string[]): Promise<void>;
  /** They are gone; those who began before now and ask later are still told. */
  done(space: string, names: readonly string[]): Promise<void>;
  /** What was, or is being, taken away since the position; `null`: too long ago to know. */
  since(space: string, position: number): Promise<string[] | null>;
}

export const userChurn = (user: string): string => `u:${user}`;
export const actionChurn = (id: string): string => `a:${id}`;
export const objectChurn = (key: string): string => `o:${key}`;

export type NewId = () => string;
export type Now = () => number;
