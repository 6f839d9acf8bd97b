/** docs/api must match the types: run `npm run docs` after a change. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { writeReference } from '../../client-sdk/build/reference.ts';

const committedFolder = 'docs/api';
let generatedFolder: string;
beforeAll(async () => {
  generatedFolder = await mkdtemp(join(tmpdir(), 'hubbub-reference-'));
  await writeReference(generatedFolder);
});
afterAll(() => rm(generatedFolder, { recursive: true, force: true }));

/** Pages by path. */
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
  expect(await pagesOf(generatedFolder)).toEqual(await pagesOf(committedFolder));
});

test('the reference has a page for each entry, and contains no local paths', async () => {
  const pages = await pagesOf(committedFolder);
  expect(Object.keys(pages).sort()).toEqual([
    '@hubbub/client.md',
    '@hubbub/inbox.md',
    '@hubbub/inbox/engine.md',
    '@hubbub/node.md',
    '@hubbub/react.md',
    'README.md',
  ]);
  for (const text of Object.values(pages)) {
    expect(text).not.toContain(process.cwd());
    expect(text).not.toMatch(/\(https?:\/\/github\.com|Defined in/);
  }
});
