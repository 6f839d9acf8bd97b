/**
 * Numbers whose units could be confused. The compiler refuses one for another, and plain numbers for any of
 * them. A schema brands what it parses (`z.number().brand<'Position'>()`). These functions brand the rest.
 */
import type { z } from 'zod';

/**
 * The order number of a feed write (`positions.ts`): microseconds since 1970 by the clock of Redis,
 * incremented where two would be equal.
 */
export type Position = number & z.$brand<'Position'>;

/** A duration in microseconds: the distance between two positions. */
export type Micros = number & z.$brand<'Micros'>;

/** Milliseconds: a time since 1970 by the clock of the process, or a duration. */
export type Millis = number & z.$brand<'Millis'>;

export const asPosition = (value: number): Position => value as Position;
export const asMicros = (value: number): Micros => value as Micros;
export const asMillis = (value: number): Millis => value as Millis;

/** Returns the current time. */
export const wallClock = (): Millis => asMillis(Date.now());

export const toMicros = (duration: Millis): Micros => asMicros(duration * 1_000);

/** Before every write. */
export const FIRST_POSITION = asPosition(0);
/** After every write. */
export const LAST_POSITION = asPosition(Number.MAX_SAFE_INTEGER);

export const earlier = <T extends Position | Millis>(left: T, right: T): T => (left < right ? left : right);
export const later = <T extends Position | Millis>(left: T, right: T): T => (left > right ? left : right);

/** Returns the time from one position to a later one. */
export const elapsed = (from: Position, to: Position): Micros => asMicros(to - from);

/** Returns the position this long before another one, at least `FIRST_POSITION`. */
export const positionBefore = (position: Position, duration: Micros): Position =>
  asPosition(Math.max(FIRST_POSITION, position - duration));
