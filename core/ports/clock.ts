import type { Millis, Position } from '../model/units.ts';

export type Now = () => Millis;

/** Assigns positions and tracks in-flight writes. One per hub, shared by all processes. */
export interface PositionClock {
  /** Assigns a position to a write to these users' feeds. `writer` identifies the write until it ends. */
  begin(space: string, writer: string, users: readonly string[]): Promise<Position>;
  /** The write is stored, pushed and revalidated. Returns false if readers may have passed its position. */
  end(space: string, writer: string): Promise<boolean>;
  /** The watermark of this user's feed: every write up to it is visible. */
  watermark(space: string, user: string): Promise<Position>;
  /** Returns a position below that of every later `begin`. */
  now(space: string): Promise<Position>;
  /**
   * The start of the current epoch of the space. Earlier positions belong to lost Redis data and to in-flight writes that
   * were lost with it: clients that hold one must reload. `FIRST_POSITION` if there was no other epoch.
   */
  epochOf(space: string): Position;
  /** Writes of any space that are in flight for longer than readers wait: the writer is slow or crashed. */
  crashedWriters(): Promise<InFlightWrite[]>;
  /** The effects of such a write were repaired. */
  release(write: InFlightWrite): Promise<void>;
}

/** A write that began and did not end. */
export interface InFlightWrite {
  space: string;
  writer: string;
  position: Position;
  users: string[];
}
