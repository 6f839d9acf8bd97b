/** docs/api says what the types say: whoever changes them runs `npm run docs`. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeReference } from '../../client-sdk/build/reference.ts';

const kept = 'docs/api';
let made: string;
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'hubbub-reference-'));
  await writeReference(made);
});
afterAll(() => rm(made, { recursive: true, force: true }));

/** By their paths. */
async function pagesOf(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  const pages = paths
    .sort()
    .map(async (path) => [path.slice(folder.length + 1), await readFile(path, 'utf8')]);
  return Object.fromEntries(await Promise.all(pages));
}

test('the reference is what `npm run docs` would write', async () => {
  expect(await pagesOf(made)).toEqual(await pagesOf(kept));
});

test('the reference has a page for each entry, and names no place of the machine', async () => {
  const pages = await pagesOf(kept);
  expect(Object.keys(pages).sort()).toEqual([
    '@hubbub/client.md',
    '@hubbub/client/element.md',
    '@hubbub/client/react.md',
    '@hubbub/client/server.md',
    'README.md',
  ]);
  for (const text of Object.values(pages)) {
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/\(https?:\/\/github\.com|Defined in/);
  }
});
