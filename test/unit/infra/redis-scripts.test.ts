import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadScript } from '../../../infra/redis/scripts.ts';

const folder = new URL('../../../infra/redis/scripts/', import.meta.url);
const names = (path: string) =>
  readdirSync(new URL(path, folder)).flatMap((name) => (name.endsWith('.lua') ? name.slice(0, -4) : []));
const constants = { ACTION_OVERHEAD: 1, BUCKETS: 1, MAX_DEBT: 1 };

it.each(names('.'))('the script %s begins with its keys and arguments, and loads completely', (name) => {
  const lua = loadScript(name, constants);
  expect(lua).not.toMatch(/-- ?!?include|\{\{/);
  const [head = ''] = lua.split(/\n(?!--)/);
  expect(head).toMatch(/^-- /);
  expect(head).toMatch(/KEYS|ARGV/);
});

it('every library is included by a script', () => {
  const all = names('.')
    .map((name) => loadScript(name, constants))
    .join('\n');
  for (const library of names('lib/')) expect(all).toContain(loadScript(`lib/${library}`, constants));
});

it('a constant that is missing is named', () => {
  expect(() => loadScript('accept')).toThrow('accept.lua needs the constant ACTION_OVERHEAD');
});
