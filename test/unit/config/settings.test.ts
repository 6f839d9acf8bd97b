import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../../config/config.ts';
import { defineHandler, defineHub } from '../../../config/definition.ts';
import { readSettings } from '../../../config/settings.ts';
import { defaultSettings } from '../../../core/settings.ts';

/** The line with which the start fails. */
function configError(definition: unknown): string {
  try {
    readSettings(definition);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as Error).message;
  }
  throw new Error('it was not refused');
}

describe('the hub’s own configuration', () => {
  it('has a default for every missing setting', () => {
    expect(readSettings({})).toEqual(defaultSettings);
    expect(readSettings({ levels: undefined, handlers: undefined, userType: undefined })).toEqual(
      defaultSettings,
    );
    expect(readSettings({ regroup: 'keep' })).toEqual({ ...defaultSettings, regroup: 'keep' });
  });

  it('takes the given settings', () => {
    const visible = () => [];
    const group = () => true;
    const settings = readSettings(
      defineHub({
        userType: 'person',
        levels: { LOW: 1, HIGH: 9 },
        defaultLevel: 'LOW',
        readableLevel: 0,
        groupingDelay: 60,
        autoRead: false,
        ownActions: 'hide',
        regroup: 'keep',
        visible,
        handlers: [
          defineHandler({ verb: 'closed', level: 'HIGH', groupingDelay: -1, group }),
          defineHandler({ verb: 'opened', level: 7 }),
        ],
      }),
    );
    expect(settings).toEqual({
      userType: 'person',
      levels: { LOW: 1, HIGH: 9 },
      defaultLevel: 1,
      readableLevel: 0,
      groupingDelay: 60,
      autoRead: false,
      ownActions: 'hide',
      regroup: 'keep',
      locale: 'en',
      messages: new Map(),
      visible,
      handlers: new Map([
        ['closed', { verb: 'closed', level: 9, groupingDelay: -1, group }],
        ['opened', { verb: 'opened', level: 7 }],
      ]),
    });
  });

  it('is immutable', () => {
    const definition = {
      levels: { LOW: 1 },
      handlers: [{ verb: 'closed', combineWith: { opened: () => true } }],
    };
    const settings = readSettings(definition);
    definition.levels.LOW = 2;
    expect(settings.levels.LOW).toBe(1);
    const handler = settings.handlers.get('closed');
    for (const part of [settings, settings.levels, handler, handler?.combineWith]) {
      expect(Object.isFrozen(part)).toBe(true);
    }
  });

  const handler = (parts: object) => ({ handlers: [{ verb: 'a' }, { verb: 'b' }, { verb: 'c', ...parts }] });
  it.each([
    [null, 'must be an object'],
    [[], 'must be an object'],
    [() => ({}), 'must be an object'],
    [{ colour: 'red' }, 'colour is not a known field'],
    [{ userType: 'User' }, 'userType must be a type: a lower case letter, then up to 63 of a-z 0-9 _ . -'],
    [{ levels: [1] }, 'levels must be an object of numbers by name'],
    [{ levels: { INFO: 'high' } }, 'levels.INFO must be a whole number from 0 to 1000000'],
    [{ levels: { INFO: -1 } }, 'levels.INFO must be a whole number from 0 to 1000000'],
    [{ levels: { 30: 30 } }, 'levels.30 must have a name of 1 to 64 characters that is not a number'],
    [{ levels: { '': 30 } }, 'levels. must have a name of 1 to 64 characters that is not a number'],
    [
      { defaultLevel: 'LOUD' },
      'defaultLevel must be a number or one of NULL, DEBUG, HIDDEN, INFO, WARNING, ERROR',
    ],
    [{ levels: { LOW: 1 }, readableLevel: 'INFO' }, 'readableLevel must be a number or one of LOW'],
    [{ readableLevel: 1.5 }, 'readableLevel must be a whole number from 0 to 1000000 or the name of a level'],
    [{ groupingDelay: -2 }, 'groupingDelay must be a whole number of seconds, from -1 to a year'],
    [{ autoRead: 'yes' }, 'autoRead must be true or false'],
    [{ ownActions: 'show' }, 'ownActions must be one of read, unread, hide'],
    [{ regroup: true }, 'regroup must be one of bump, keep'],
    [{ visible: [] }, 'visible must be a function'],
    [{ handlers: {} }, 'handlers must be a list of handlers'],
    [{ handlers: ['closed'] }, 'handlers[0] must be a handler'],
    [{ handlers: [{}] }, 'handlers[0].verb must be a string'],
    [handler({ verb: '' }), 'handlers[2].verb must not be empty'],
    [handler({ verb: 'a' }), 'handlers[2].verb already has a handler: "a"'],
    [handler({ level: 'LOUD' }), /^handlers\[2\]\.level must be a number or one of NULL/],
    [handler({ level: 'toString' }), /^handlers\[2\]\.level must be a number or one of NULL/],
    [
      handler({ groupingDelay: '5' }),
      'handlers[2].groupingDelay must be a whole number of seconds, from -1 to a year',
    ],
    [handler({ combineWith: true }), 'handlers[2].combineWith must be an object of functions by verb'],
    [handler({ combineWith: { '': () => true } }), 'handlers[2].combineWith. must be a verb'],
    [handler({ combineWith: { opened: true } }), 'handlers[2].combineWith.opened must be a function'],
    [handler({ group: 'same' }), 'handlers[2].group must be a function'],
    [handler({ text: 'closed it' }), 'handlers[2].text must be a function'],
    [handler({ render: () => '' }), 'handlers[2].render is not a known field'],
  ])('is refused with one line that names the setting: %j', (definition, message) => {
    const line = configError(definition);
    expect(line).not.toContain('\n');
    expect(line.startsWith('HUBBUB_CONFIG ')).toBe(true);
    const rest = line.slice('HUBBUB_CONFIG '.length);
    if (typeof message === 'string') expect(rest).toBe(message);
    else expect(rest).toMatch(message);
  });
});
