import { describe, expectTypeOf, test } from 'vitest';
import {
  asMicros,
  asMillis,
  asPosition,
  earlier,
  elapsed,
  later,
  type Micros,
  type Millis,
  type Position,
  positionBefore,
  toMicros,
  wallClock,
} from '../../core/model/units.ts';
import type { FeedStore } from '../../core/ports/feeds.ts';
import { instant } from '../../protocol/schemas/action.ts';

const [position, micros, millis] = [asPosition(1), asMicros(1), asMillis(1)];

describe('units', () => {
  test('do not mix', () => {
    expectTypeOf<Millis>().not.toExtend<Micros>();
    expectTypeOf<Millis>().not.toExtend<Position>();
    expectTypeOf<Micros>().not.toExtend<Millis>();
    expectTypeOf<Micros>().not.toExtend<Position>();
    expectTypeOf<Position>().not.toExtend<Millis>();
    expectTypeOf<Position>().not.toExtend<Micros>();
  });

  test('are numbers, but no number is one of them', () => {
    expectTypeOf<Position | Micros | Millis>().toExtend<number>();
    expectTypeOf<number>().not.toExtend<Position>();
    expectTypeOf<number>().not.toExtend<Micros>();
    expectTypeOf<number>().not.toExtend<Millis>();
  });

  test('are lost in arithmetic, so that its result needs a unit again', () => {
    expectTypeOf(position + millis).toEqualTypeOf<number>();
    expectTypeOf(position - position).toEqualTypeOf<number>();
    expectTypeOf(millis * 1_000).toEqualTypeOf<number>();
    expectTypeOf(Math.max(position, position)).toEqualTypeOf<number>();
  });

  test('are converted and combined by functions', () => {
    expectTypeOf(toMicros(millis)).toEqualTypeOf<Micros>();
    expectTypeOf(elapsed(position, position)).toEqualTypeOf<Micros>();
    expectTypeOf(positionBefore(position, micros)).toEqualTypeOf<Position>();
    expectTypeOf(earlier(position, position)).toEqualTypeOf<Position>();
    expectTypeOf(later(millis, millis)).toEqualTypeOf<Millis>();
    expectTypeOf(wallClock()).toEqualTypeOf<Millis>();
    expectTypeOf(instant.parse('')).toEqualTypeOf<Millis>();
  });

  test('are refused in place of each other', () => {
    // @ts-expect-error milliseconds
    positionBefore(position, millis);
    // @ts-expect-error microseconds
    toMicros(micros);
    // @ts-expect-error a clock time
    elapsed(millis, position);
    // @ts-expect-error a position and a clock time
    later(position, millis);
    // @ts-expect-error never equal
    expectTypeOf(position === millis);
    // @ts-expect-error arithmetic
    positionBefore(position, millis * 1_000);
    expectTypeOf<Parameters<FeedStore['touch']>[1]>().toEqualTypeOf<Position>();
  });
});
