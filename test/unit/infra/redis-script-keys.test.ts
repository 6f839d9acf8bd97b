/** In a cluster, and for access rules, Redis must know the keys of a script before it runs. So each is one of `KEYS`. */
import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadScript } from '../../../infra/redis/scripts.ts';

const folder = new URL('../../../infra/redis/scripts/', import.meta.url);
const names = readdirSync(folder).flatMap((name) => (name.endsWith('.lua') ? name.slice(0, -4) : []));
const constants = { ACTION_OVERHEAD: 1, BUCKETS: 1, MAX_DEBT: 1 };

const KEYLESS = ['TIME', 'INFO'];
/** Commands all of whose arguments are keys. */
const ALL_KEYS = ['DEL', 'UNLINK', 'EXISTS', 'SUNIONSTORE'];
/** Commands whose only key is the first argument. */
const ONE_KEY =
  /^(GET|SET|EXPIRE|PEXPIRE|LLEN|LRANGE|RPUSH|SADD|SREM|SCARD|SMEMBERS|H[A-Z]+|Z(ADD|CARD|COUNT|RANGE|RANGEBYSCORE|REM|REMRANGEBYSCORE|SCORE)|X(ADD|DEL|LEN|RANGE))$/;

/** Splits at commas outside of brackets and quotes. */
function splitArguments(text: string): string[] {
  const parts: string[] = [''];
  let [depth, quote] = [0, ''];
  for (const char of text) {
    if (quote === '' && depth === 0 && char === ',') parts.push('');
    else parts[parts.length - 1] += char;
    if (quote !== '') quote = char === quote ? '' : quote;
    else if (char === "'") quote = char;
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) depth -= 1;
  }
  return parts.map((part) => part.trim());
}

/** The arguments of every call of a function, given as a pattern. */
function callsOf(lua: string, name: string): string[][] {
  return [...lua.matchAll(new RegExp(`(?<!function )(?<![\\w.])${name}\\(`, 'g'))].map((found) => {
    const start = found.index + found[0].length;
    let [end, depth] = [start, 1];
    for (; depth > 0; end += 1) depth += { '(': 1, ')': -1 }[lua[end] ?? ')'] ?? 0;
    return splitArguments(lua.slice(start, end - 1));
  });
}

/** Returns the expressions that a script uses as keys and that are not among `KEYS`. */
function undeclaredKeys(source: string): string[] {
  const lua = source.replaceAll(/--.*$/gm, '');
  const isKey = (expression: string, scope: string): boolean => {
    if (/^KEYS\[[^[\]]+\]$/.test(expression)) return true;
    const assigned = [...scope.matchAll(/^\s*local ([\w, ]+) = (.*)$/gm)].flatMap(
      ([, left = '', right = '']) => {
        const index = splitArguments(left).indexOf(expression);
        if (index < 0) return [];
        return /^unpack\(KEYS\b/.test(right) ? ['KEYS[1]'] : [splitArguments(right)[index] ?? 'nil'];
      },
    );
    if (assigned.length > 0) return assigned.every((value) => isKey(value, scope));
    const [, name = '', parameters = ''] = /^local function (\w+)\((.*)\)/.exec(scope) ?? [];
    const index = splitArguments(parameters).indexOf(expression);
    return (
      index >= 0 &&
      callsOf(lua, name).every((given) => {
        const value = given[index] ?? 'nil';
        return value === 'nil' || isKey(value, mainOf(lua));
      })
    );
  };
  const scopes = [mainOf(lua), ...functionsOf(lua)];
  return scopes.flatMap((scope) =>
    callsOf(scope, 'redis\\.call').flatMap(([command = '', ...rest]) => {
      const name = command.replaceAll("'", '');
      if (KEYLESS.includes(name)) return [];
      if (!ALL_KEYS.includes(name) && !ONE_KEY.test(name)) return [`unknown command ${command}`];
      return (ALL_KEYS.includes(name) ? rest : rest.slice(0, 1)).filter((key) => !isKey(key, scope));
    }),
  );
}

const FUNCTION = /^local function [\s\S]*?(?:^end$|\bend$(?<=^local function [^\n]*))/gm;
const functionsOf = (lua: string): string[] => lua.match(FUNCTION) ?? [];
/** Everything outside of functions. */
const mainOf = (lua: string): string => lua.replaceAll(FUNCTION, '');

it.each(names)('the script %s uses only keys that it is given', (name) => {
  expect(undeclaredKeys(loadScript(name, constants))).toEqual([]);
});

describe('the check', () => {
  it.each([
    ["redis.call('GET', 'name')", "'name'"],
    ["redis.call('GET', KEYS[1] .. ':users')", "KEYS[1] .. ':users'"],
    ["redis.call('GET', ARGV[1])", 'ARGV[1]'],
    ["local key = ARGV[1]\nredis.call('HSET', key, 'field', KEYS[1])", 'key'],
    ["redis.call('SUNIONSTORE', KEYS[1], ARGV[1])", 'ARGV[1]'],
    ["local function read(key)\n  return redis.call('GET', key)\nend\nread(KEYS[1])\nread(ARGV[1])", 'key'],
    ["redis.call('MGET', KEYS[1])", "unknown command 'MGET'"],
  ])('refuses %j', (lua, key) => {
    expect(undeclaredKeys(lua)).toEqual([key]);
  });

  it.each([
    "local key, value = KEYS[2], ARGV[1]\nredis.call('SET', key, value)",
    "local first, second = unpack(KEYS, 1, 2)\nredis.call('GET', second)",
    "local function read(key)\n  return redis.call('GET', key)\nend\nread(KEYS[#KEYS])",
    "local function read(key) return redis.call('GET', key) end\nread(KEYS[1])",
  ])('accepts %j', (lua) => {
    expect(undeclaredKeys(lua)).toEqual([]);
  });
});
