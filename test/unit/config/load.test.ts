import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ConfigError } from '../../../config/config.ts';
import { loadConfig } from '../../../config/load.ts';

const env = {
  MONGODB_URI: 'mongodb://127.0.0.1/hubbub',
  REDIS_URL: 'redis://127.0.0.1',
  HUBBUB_JWT_SECRET: 'a secret that only this test knows',
};
const load = (variables: Record<string, string | undefined>) => loadConfig(variables, () => () => undefined);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-load-'));
  await writeFile(join(folder, 'name.ts'), 'export const name = (): string => import.meta.url;\n');
  await mkdir(join(folder, 'folder.ts'));
});
afterAll(() => rm(folder, { recursive: true }));

async function written(name: string, content: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, content);
  return path;
}

it.each([
  [
    'types.ts',
    "import { defineHub, type HubDefinition } from 'hubbub/config';\nenum Level { Low = 5 }\nconst hub: HubDefinition = { defaultLevel: Level.Low };\nexport default defineHub(hub);",
  ],
  [
    'module.mjs',
    "import { defineHub } from 'hubbub/config';\nexport default defineHub({ defaultLevel: 5 });",
  ],
  ['module.js', 'export default { defaultLevel: 5 };'],
  ['module.mts', 'const level: number = await Promise.resolve(5);\nexport default { defaultLevel: level };'],
  [
    'common.cjs',
    "const { defineHub } = require('hubbub/config');\nmodule.exports = defineHub({ defaultLevel: 5 });",
  ],
  ['common.js', 'module.exports = { defaultLevel: 5 };'],
  ['common.cts', 'module.exports = { defaultLevel: 5 as number };'],
  [
    'compiled.cjs',
    "Object.defineProperty(exports, '__esModule', { value: true });\nexports.default = { defaultLevel: 5 };",
  ],
  ['nested.cjs', 'module.exports = { default: { defaultLevel: 5 } };'],
  ['twice.mjs', 'export default { default: { defaultLevel: 5 } };'],
  [
    'helped.ts',
    "import { name } from './name.ts';\nexport default { defaultLevel: name().includes('name.ts') ? 5 : 6 };",
  ],
])('a configuration may be written as %s', async (name, content) => {
  const path = await written(name, content);
  for (const each of [path, relative(process.cwd(), path)]) {
    const { settings } = await load({ ...env, HUBBUB_CONFIG: each });
    expect(settings.defaultLevel).toBe(5);
  }
});

it('without a module the defaults apply', async () => {
  for (const HUBBUB_CONFIG of [undefined, '']) {
    expect((await load({ ...env, HUBBUB_CONFIG })).settings.defaultLevel).toBe(30);
  }
});

it.each([
  ['throws.ts', "throw new Error('not\\ntoday');", 'cannot be loaded: not today'],
  ['throws-text.mjs', "throw 'not today';", 'cannot be loaded: not today'],
  ['broken.ts', 'export default {', /^cannot be loaded: ParseError: .*broken\.ts:1/],
  ['lonely.mjs', "import 'nowhere'; export default {};", /^cannot be loaded: Cannot find module 'nowhere'/],
  ['loud.ts', "throw new Error('x'.repeat(5_000));", `cannot be loaded: ${'x'.repeat(300)}`],
  ['nothing.ts', 'export const settings = {};', 'has no default export'],
])('an invalid module is reported by one line: %s', async (name, content, expected) => {
  const path = await written(name, content);
  const error = await load({ ...env, HUBBUB_CONFIG: path }).catch((thrown: Error) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  const { message } = error as ConfigError;
  expect(message).not.toContain('\n');
  expect(message.startsWith(`HUBBUB_CONFIG ${path} `)).toBe(true);
  const rest = message.slice(`HUBBUB_CONFIG ${path} `.length);
  if (typeof expected === 'string') expect(rest).toBe(expected);
  else expect(rest).toMatch(expected);
});

it.each(['missing.ts', 'folder.ts'])('the module must be a file: %s', async (name) => {
  const path = join(folder, name);
  await expect(load({ ...env, HUBBUB_CONFIG: path })).rejects.toThrow(
    `HUBBUB_CONFIG must name a file; there is none at ${path}`,
  );
});

it('an invalid environment variable is reported first', async () => {
  const path = await written('never.mjs', "throw new Error('loaded');");
  const call = load({ ...env, REDIS_URL: undefined, HUBBUB_CONFIG: path });
  await expect(call).rejects.toThrow('REDIS_URL is not set');
});
