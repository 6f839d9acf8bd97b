/**
 * Every change of a feed goes through `withFeedWrite`, except the purge of a deleted user's feed (core/deletion/user.ts). It
 * answers one question for readers: who is changing which feed, and since which position?
 *
 * A client holds the position 100 of Ada's feed. Two writers change it, and the slow one begins first:
 *
 *     writer A   begins at 101 ────────────────── stores item x (101), publishes, ends
 *     writer B        begins at 102, stores item y (102), publishes, ends
 *     client                             ▲ asks for the changes since 100
 *
 * At ▲ only y is stored. If the client got y and the position 102, it would never ask for x again. So a response carries the
 * **watermark**, here 100: one less than the first position of Ada's feed that is in flight. The client gets y twice, and misses
 * nothing (decision 7).
 *
 * - Nothing holds a watermark back for longer than `MAX_IN_FLIGHT_MS`. A slower write may have been passed by readers, so it
 *   repeats its last step at a later position (`advance`).
 * - If `write` throws, or the process dies, the write stays in flight. A worker repairs it then (feed/write/crashed-writers.ts).
 */
import type { Position } from '../model/units.ts';
import type { PositionClock } from '../ports/clock.ts';
import type { NewId } from '../ports/deps.ts';

interface FeedWrite<T> {
  /** Stores the change under this position, and publishes it. */
  write(position: Position): Promise<T>;
  /** Moves what `write` stored to a later position, and publishes it again. */
  advance(from: Position, to: Position, written: T): Promise<unknown>;
}

interface FeedWriteDeps {
  clock: Pick<PositionClock, 'begin' | 'end'>;
  newId: NewId;
}

/** A write that is in flight before it is known what exactly it writes. */
export interface BegunWrite {
  writer: string;
  position: Position;
}

/**
 * Returns what `write` returned, and the final position. `begun`: a write of these users, and perhaps others, that is in flight
 * already.
 */
export async function withFeedWrite<T>(
  deps: FeedWriteDeps,
  space: string,
  users: readonly string[],
  { write, advance }: FeedWrite<T>,
  begun?: BegunWrite | null,
): Promise<{ written: T; position: Position }> {
  const { clock } = deps;
  const { writer, position: firstPosition } = begun ?? (await beginFeedWrite(deps, space, users));
  let position = firstPosition;
  const written = await write(position);
  while (!(await clock.end(space, writer))) {
    const next = await clock.begin(space, writer, users);
    await advance(position, next, written);
    position = next;
  }
  return { written, position };
}

export async function beginFeedWrite(
  { clock, newId }: FeedWriteDeps,
  space: string,
  users: readonly string[],
): Promise<BegunWrite> {
  const writer = newId();
  return { writer, position: await clock.begin(space, writer, users) };
}
