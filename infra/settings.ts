/** The hub's own configuration: the module that `HUBBUB_CONFIG` names, checked and with all defaults applied. */
import { z } from 'zod';
import type { HubDefinition } from '../core/definition.ts';
import { defaultSettings, type Handler, type Settings, type Visible } from '../core/settings.ts';
import { groupingDelay, level, verb } from '../protocol/schemas/action.ts';
import { parse } from '../protocol/schemas/parse.ts';
import { line, refType } from '../protocol/schemas/refs.ts';
import { ConfigError } from './config.ts';

const SETTING = 'HUBBUB_CONFIG';
const LEVEL = 'must be a whole number from 0 to 1000000';
const LEVEL_NAME = 'must be named by 1 to 64 characters, and not by a number';

// biome-ignore lint/complexity/noBannedTypes: which parameters it takes cannot be checked
const code = <T extends Function>() =>
  z.custom<T>((value) => typeof value === 'function', 'must be a function');
/** What a record says: of itself, and of its keys. */
const byName = (record: string, key: string) => ({
  error: ({ code }: { code?: string }): string => (code === 'invalid_key' ? key : record),
});
const flag = z.boolean('must be true or false');

const handler = z.strictObject(
  {
    verb,
    level: level.optional(),
    groupingDelay: groupingDelay.optional(),
    combineWith: z
      .record(
        verb,
        code<NonNullable<Handler['group']>>(),
        byName('must be an object of functions by verb', 'must be a verb'),
      )
      .optional(),
    group: code<NonNullable<Handler['group']>>().optional(),
    text: code<NonNullable<Handler['text']>>().optional(),
  },
  'must be a handler',
);

const definition = z.strictObject(
  {
    userType: refType.optional(),
    levels: z
      .record(
        // Text that looks like a number is read as one in queries.
        line(1, 64).refine((name) => !/^-?\d+$/.test(name)),
        z.int(LEVEL).min(0, LEVEL).max(1_000_000, LEVEL),
        byName('must be an object of numbers by name', LEVEL_NAME),
      )
      .optional(),
    defaultLevel: level.optional(),
    readableLevel: level.optional(),
    groupingDelay: groupingDelay.optional(),
    autoRead: flag.optional(),
    ownActions: z.enum(['read', 'unread', 'hide'], 'must be one of read, unread, hide').optional(),
    regroup: z.enum(['bump', 'keep'], 'must be one of bump, keep').optional(),
    visible: code<Visible>().optional(),
    handlers: z.array(handler, 'must be a list of handlers').optional(),
  },
  'must be an object',
);

/** @throws ConfigError which names the setting */
export function readSettings(given: unknown): Settings {
  const parsed = parse<HubDefinition>(definition, given);
  if (!parsed.ok) {
    const [field] = parsed.fields;
    throw refusal(field?.path ?? '', field?.message ?? 'is not valid');
  }
  const { handlers = [], ...read } = parsed.value;
  const levels = read.levels ?? defaultSettings.levels;
  const levelOf = (named: number | string, path: string): number => {
    if (typeof named === 'number') return named;
    const found = Object.hasOwn(levels, named) ? levels[named] : undefined;
    if (found !== undefined) return found;
    throw refusal(path, `must be a number or one of ${Object.keys(levels).join(', ')}`);
  };
  const byVerb = new Map<string, Handler>();
  for (const [index, each] of handlers.entries()) {
    if (byVerb.has(each.verb)) {
      throw refusal(`handlers[${index}].verb`, `must be of one handler only: ${JSON.stringify(each.verb)}`);
    }
    const own = each.level === undefined ? {} : { level: levelOf(each.level, `handlers[${index}].level`) };
    const combineWith = each.combineWith && { combineWith: Object.freeze({ ...each.combineWith }) };
    byVerb.set(each.verb, Object.freeze({ ...each, ...own, ...combineWith }));
  }
  return Object.freeze({
    ...defaultSettings,
    ...defined(read),
    levels: Object.freeze({ ...levels }),
    defaultLevel: levelOf(read.defaultLevel ?? defaultSettings.defaultLevel, 'defaultLevel'),
    readableLevel: levelOf(read.readableLevel ?? defaultSettings.readableLevel, 'readableLevel'),
    handlers: byVerb,
  });
}

/** A key that is given as `undefined` is not given. */
const defined = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

const refusal = (path: string, message: string): ConfigError =>
  new ConfigError([SETTING, path, message].filter((part) => part !== '').join(' '));
