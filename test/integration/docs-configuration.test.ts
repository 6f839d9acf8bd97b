/** The examples of docs/configuration.md work. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { defaultSettings } from '../../core/settings.ts';
import { blocksOf, Program } from '../support/doc-program.ts';
import { HubProcesses } from '../support/processes.ts';
import { SECRET } from '../support/services.ts';

const page = 'docs/configuration.md';

let folder: string;
let hub: HubProcesses;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hubbub-docs-'));
  const [configuration = ''] = await blocksOf(page, 'ts');
  const path = join(folder, 'hubbub.config.ts');
  await writeFile(path, configuration);
  hub = await HubProcesses.start({ gateways: 1, workers: 1, settings: { HUBBUB_CONFIG: path } });
});
afterAll(async () => {
  await hub.close();
  await rm(folder, { recursive: true });
});

test('the program prints the output of the page, with its configuration', async () => {
  const [text = ''] = await blocksOf(page, 'js');
  const [promised] = await blocksOf(page, 'text');
  const program = await Program.start(text, { HUB_URL: hub.urls[0] ?? '', HUBBUB_JWT_SECRET: SECRET });
  onTestFinished(() => program.stop());
  expect(await program.exitCode()).toBe(0);
  expect(program.output).toBe(promised);
});

test('the page names every setting and its default', async () => {
  const text = await readFile(page, 'utf8');
  const rows = new Map(
    [...text.matchAll(/^\| `(\w+)` \| (.*?) \|/gm)].map(([, key = '', value = '']) => [key, value]),
  );
  const shown = (value: unknown): string => (typeof value === 'string' ? `\`'${value}'\`` : String(value));
  const { visible, handlers, messages, levels, ...plain } = defaultSettings;
  expect([messages.size, rows.get('messages')]).toEqual([0, 'none']);
  expect([visible, handlers.size, rows.get('visible'), rows.get('handlers')]).toEqual([
    null,
    0,
    'all may',
    'none',
  ]);
  expect(rows.get('levels')).toBe(
    Object.entries(levels)
      .map(([name, level]) => `\`${name}\` ${level}`)
      .join(', '),
  );
  for (const [key, value] of Object.entries(plain)) {
    expect([key, rows.get(key)?.replace(/`(true|false)`/, '$1')]).toEqual([key, shown(value)]);
  }
});
