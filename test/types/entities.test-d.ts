import { describe, expectTypeOf, test } from 'vitest';
import type {
  Action,
  ClassRef,
  DeletedRef,
  EventInput,
  FeedItem,
  Json,
  Ref,
  RefInput,
  Tracker,
} from '../../protocol/entities.ts';
import { type ErrorCode, errorCodes } from '../../protocol/errors.ts';
import { type AnyEventName, type EventName, eventNames } from '../../protocol/events.ts';

describe('refs', () => {
  test('are accepted in both forms, and are objects in responses', () => {
    expectTypeOf<string>().toExtend<RefInput>();
    expectTypeOf<{ type: string; id: string; name: string }>().toExtend<RefInput>();
    expectTypeOf<Action['targets']>().toEqualTypeOf<Array<Ref | DeletedRef>>();
    expectTypeOf<Action['actor']>().toEqualTypeOf<Ref | DeletedRef | null>();
  });

  test('may be classes only in trackers', () => {
    expectTypeOf<ClassRef>().toExtend<Tracker['tracked']>();
    expectTypeOf<ClassRef>().not.toExtend<RefInput>();
    expectTypeOf<Tracker['user']>().toEqualTypeOf<Ref>();
  });
});

describe('actions', () => {
  test('have data that is JSON', () => {
    expectTypeOf<Action['data']>().toEqualTypeOf<Record<string, Json>>();
    expectTypeOf<Date>().not.toExtend<Json>();
    expectTypeOf<() => void>().not.toExtend<Json>();
    expectTypeOf<undefined>().not.toExtend<Json>();
    expectTypeOf<bigint>().not.toExtend<Json>();
  });

  test('have times that are strings', () => {
    expectTypeOf<Action['timestamp']>().toBeString();
    expectTypeOf<FeedItem['at']>().toBeString();
  });
});

describe('error codes', () => {
  test('are a closed list, each with its status', () => {
    expectTypeOf<'forbidden'>().toExtend<ErrorCode>();
    expectTypeOf<'teapot'>().not.toExtend<ErrorCode>();
    expectTypeOf(errorCodes.forbidden.status).toEqualTypeOf<403>();
  });
});

describe('events', () => {
  test('have any name, and editors suggest the predefined ones', () => {
    expectTypeOf<EventInput['name']>().toEqualTypeOf<AnyEventName>();
    expectTypeOf(eventNames.PageViewed).toEqualTypeOf<'PageViewed'>();
    expectTypeOf<'PageViewed'>().toExtend<EventName>();
    expectTypeOf<'LessonFinished'>().not.toExtend<EventName>();
    expectTypeOf<'LessonFinished'>().toExtend<AnyEventName>();
    expectTypeOf<7>().not.toExtend<AnyEventName>();
  });
});
