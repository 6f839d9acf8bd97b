import { readFileSync } from 'node:fs';
import { epochKey } from './keys.ts';

/** Values that scripts write as `{{name}}`. */
type Constants = Readonly<Record<string, string | number>>;

/**
 * Loads a Lua script, one file each in `scripts`. Its top says what its keys and arguments are, and what it returns. A line
 * `-- include NAME` stands for `scripts/lib/NAME.lua`.
 *
 * Workers must be able to free memory when Redis is at its memory limit. So each of their scripts that writes begins with a
 * command that only removes: after it, Redis lets a script finish.
 * @throws Error if a file or a constant is missing
 */
export function loadScript(name: string, constants: Constants = {}): string {
  const values: Constants = { epochKey, ...constants };
  return include(name).replaceAll(/\{\{(\w+)\}\}/g, (_, constant: string) => {
    const value = values[constant];
    if (value === undefined) throw new Error(`${name}.lua needs the constant ${constant}`);
    return String(value);
  });
}

const include = (name: string): string =>
  readFileSync(new URL(`scripts/${name}.lua`, import.meta.url), 'utf8').replaceAll(
    /^-- include ([\w-]+)\n/gm,
    (_, library: string) => include(`lib/${library}`),
  );
