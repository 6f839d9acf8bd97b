import type { StoredAction, StoredItem } from '../model.ts';

/** What processes tell each other about a space. Nobody may depend on hearing it: see decision 7. */
export type BusMessage =
  /** New or changed items of up to 1,000 users, with the actions they show. */
  | { kind: 'items'; items: StoredItem[]; actions: StoredAction[] }
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
  /** Feeds are up to date with these actions. */
  | { kind: 'settled'; ids: string[] };

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
}

export type NewId = () => string;
export type Now = () => number;
