import { describe, expectTypeOf, test } from 'vitest';
import {
  defineHandler,
  defineHub,
  type HandledAction,
  type Handler,
  type HubDefinition,
} from '../../config/definition.ts';
import type { Action, Json } from '../../protocol/entities.ts';

describe('a configuration', () => {
  test('may be empty', () => {
    expectTypeOf(defineHub).toBeCallableWith({});
    expectTypeOf(defineHub({})).toEqualTypeOf<HubDefinition>();
  });

  test('accepts every kind of setting', () => {
    expectTypeOf(defineHub).toBeCallableWith({
      userType: 'user',
      levels: { INFO: 30 },
      defaultLevel: 30,
      readableLevel: 'INFO',
      groupingDelay: 0,
      autoRead: true,
      ownActions: 'read',
      regroup: 'bump',
      visible: async (_action: HandledAction, userIds: readonly string[]) => userIds,
      handlers: [{ verb: 'a', level: 30, groupingDelay: 60, combineWith: { b: () => true } }],
    });
  });

  test('accepts no unknown words', () => {
    // @ts-expect-error: must be 'read', 'unread' or 'hide'
    defineHub({ ownActions: 'show' });
    // @ts-expect-error: unknown setting
    defineHub({ colour: 'red' });
  });
});

describe('a handler', () => {
  test('gets actions as the API shows them, except the text', () => {
    expectTypeOf<HandledAction>().toEqualTypeOf<Omit<Action, 'text'>>();
    defineHandler({
      verb: 'a',
      group: (newer, older) => {
        expectTypeOf(newer).toEqualTypeOf<HandledAction>();
        expectTypeOf(older).toEqualTypeOf<HandledAction>();
        return true;
      },
      text: (action, { locale, user, context }) => {
        expectTypeOf(action).toEqualTypeOf<HandledAction>();
        expectTypeOf(locale).toEqualTypeOf<string>();
        expectTypeOf(user).toEqualTypeOf<string | null>();
        expectTypeOf(context).toEqualTypeOf<Readonly<Record<string, Json>>>();
        return '';
      },
    });
  });

  test('may decide asynchronously, but must return its text synchronously', () => {
    expectTypeOf<{ verb: string; group: () => Promise<boolean> }>().toExtend<Handler>();
    expectTypeOf<{ verb: string; group: () => boolean }>().toExtend<Handler>();
    expectTypeOf<{ verb: string; text: () => Promise<string> }>().not.toExtend<Handler>();
    expectTypeOf<{ group: () => boolean }>().not.toExtend<Handler>();
  });
});
