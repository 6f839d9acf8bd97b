import { readFileSync } from 'node:fs';
import type { RedisClient } from './connect.ts';
import type { Shard } from './keys.ts';

/** Values that scripts write as `{{name}}`. */
type Constants = Readonly<Record<string, string | number>>;

type Arguments = ReadonlyArray<string | number>;

/** Runs a script with its `KEYS`, which are in one shard, and its `ARGV`. The epoch of the shard is added as the last key. */
export type Script<Reply> = (shard: Shard, keys: readonly string[], ...argv: Arguments) => Promise<Reply>;

/** Defines a script of `loadScript` as a command of this connection. `Reply` is what it returns. */
export function defineScript<Reply>(redis: RedisClient, name: string, constants?: Constants): Script<Reply> {
  const command = `hubbub:${name}`;
  redis.defineCommand(command, { lua: loadScript(name, constants) });
  const run: (keyCount: number, ...keysAndArgv: Arguments) => Promise<Reply> = Reflect.get(redis, command);
  return (shard, keys, ...argv) => run.call(redis, keys.length + 1, ...keys, shard.epochKey, ...argv);
}

/**
 * Loads a Lua script, one file each in `scripts`. Its top says what its keys and arguments are, and what it returns. A line
 * `--!include NAME` is no comment: the content of `scripts/lib/NAME.lua` replaces it.
 *
 * A script uses only keys that it is given. So Redis can check access to them, and in a cluster find their node.
 *
 * Workers must be able to free memory when Redis is at its memory limit. So each of their scripts that writes begins with a
 * command that only removes: after it, Redis lets a script finish.
 * @throws Error if a file or a constant is missing
 */
export function loadScript(name: string, constants: Constants = {}): string {
  return include(name).replaceAll(/\{\{(\w+)\}\}/g, (_, constant: string) => {
    const value = constants[constant];
    if (value === undefined) throw new Error(`${name}.lua needs the constant ${constant}`);
    return String(value);
  });
}

const include = (name: string): string =>
  readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8').replaceAll(
    /^--!include ([\w-]+)\n/gm,
    (_, library: string) => include(`lib/${library}`),
  );
