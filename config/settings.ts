/** Validates the configuration module that `HUBBUB_CONFIG` names, and applies defaults. */
import { z } from 'zod';
import { defaultSettings, type Handler, type Settings, type Visible } from '../core/settings.ts';
import { groupingDelay, level, verb } from '../protocol/schemas/action.ts';
import { parse } from '../protocol/schemas/parse.ts';
import { refType, singleLine } from '../protocol/schemas/refs.ts';
import { ConfigError } from './config.ts';
import type { HubDefinition } from './definition.ts';
import { isLanguage, LANGUAGE, readMessages } from './messages.ts';

const SETTING_NAME = 'HUBBUB_CONFIG';
const LEVEL = 'must be a whole number from 0 to 1000000';
const LEVEL_NAME = 'must have a name of 1 to 64 characters that is not a number';

// biome-ignore lint/complexity/noBannedTypes: the parameters of a function cannot be checked at run time
const functionSchema = <T extends Function>() =>
  z.custom<T>((value) => typeof value === 'function', 'must be a function');
/** Error messages for a record and for its keys. */
const recordErrors = (record: string, key: string) => ({
  error: ({ code }: { code?: string }): string => (code === 'invalid_key' ? key : record),
});
const flag = z.boolean('must be true or false');

const language = z.string(LANGUAGE).refine(isLanguage, LANGUAGE);
const sentences = z.record(
  verb,
  z.string('must be a sentence'),
  recordErrors('must be an object of sentences by verb', 'must be a verb'),
);

const handler = z.strictObject(
  {
    verb,
    level: level.optional(),
    groupingDelay: groupingDelay.optional(),
    combineWith: z
      .record(
        verb,
        functionSchema<NonNullable<Handler['group']>>(),
        recordErrors('must be an object of functions by verb', 'must be a verb'),
      )
      .optional(),
    group: functionSchema<NonNullable<Handler['group']>>().optional(),
    text: functionSchema<NonNullable<Handler['text']>>().optional(),
    press: functionSchema<NonNullable<Handler['press']>>().optional(),
  },
  'must be a handler',
);

const definition = z.strictObject(
  {
    userType: refType.optional(),
    levels: z
      .record(
        // Queries parse text that looks like a number as one.
        singleLine(1, 64).refine((name) => !/^-?\d+$/.test(name)),
        z.int(LEVEL).min(0, LEVEL).max(1_000_000, LEVEL),
        recordErrors('must be an object of numbers by name', LEVEL_NAME),
      )
      .optional(),
    defaultLevel: level.optional(),
    readableLevel: level.optional(),
    groupingDelay: groupingDelay.optional(),
    autoRead: flag.optional(),
    ownActions: z.enum(['read', 'unread', 'hide'], 'must be one of read, unread, hide').optional(),
    regroup: z.enum(['bump', 'keep'], 'must be one of bump, keep').optional(),
    locale: language.optional(),
    messages: z
      .record(
        language,
        sentences,
        recordErrors('must be an object of sentences by language and verb', LANGUAGE),
      )
      .optional(),
    visible: functionSchema<Visible>().optional(),
    handlers: z.array(handler, 'must be a list of handlers').optional(),
  },
  'must be an object',
);

/** @throws ConfigError which names the setting */
export function readSettings(input: unknown): Settings {
  const parsed = parse<HubDefinition>(definition, input);
  if (!parsed.ok) {
    const [field] = parsed.fields;
    throw settingError(field?.path ?? '', field?.message ?? 'is not valid');
  }
  const { handlers = [], messages = {}, ...values } = parsed.value;
  const levels = values.levels ?? defaultSettings.levels;
  const levelOf = (nameOrNumber: number | string, path: string): number => {
    if (typeof nameOrNumber === 'number') return nameOrNumber;
    const found = Object.hasOwn(levels, nameOrNumber) ? levels[nameOrNumber] : undefined;
    if (found !== undefined) return found;
    throw settingError(path, `must be a number or one of ${Object.keys(levels).join(', ')}`);
  };
  const byVerb = new Map<string, Handler>();
  for (const [index, each] of handlers.entries()) {
    if (byVerb.has(each.verb)) {
      throw settingError(`handlers[${index}].verb`, `already has a handler: ${JSON.stringify(each.verb)}`);
    }
    const resolvedLevel =
      each.level === undefined ? {} : { level: levelOf(each.level, `handlers[${index}].level`) };
    const combineWith = each.combineWith && { combineWith: Object.freeze({ ...each.combineWith }) };
    byVerb.set(each.verb, Object.freeze({ ...each, ...resolvedLevel, ...combineWith }));
  }
  return Object.freeze({
    ...defaultSettings,
    ...omitUndefined(values),
    levels: Object.freeze({ ...levels }),
    defaultLevel: levelOf(values.defaultLevel ?? defaultSettings.defaultLevel, 'defaultLevel'),
    readableLevel: levelOf(values.readableLevel ?? defaultSettings.readableLevel, 'readableLevel'),
    messages: readMessages(messages, failWith),
    handlers: byVerb,
  });
}

/** An explicit `undefined` must not override a default. */
const omitUndefined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const failWith = (path: string, message: string): never => {
  throw settingError(path, message);
};

const settingError = (path: string, message: string): ConfigError =>
  new ConfigError([SETTING_NAME, path, message].filter((part) => part !== '').join(' '));
