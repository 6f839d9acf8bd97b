/** The examples and quick starts, installed from tarballs as their pages say. */
import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { readManifest } from '../../client-sdk/build/build.ts';
import { packageNames } from '../../client-sdk/build/packages.ts';
import { succeed } from '../support/command.ts';

const { tarballs } = inject('packages');

/** The packages of a page's command that installs tarballs. */
async function tarballsIn(page: string): Promise<string[]> {
  const command = /npm install --no-save \S+hubbub-\{([\w,]+)\}-\*\.tgz/.exec(await readFile(page, 'utf8'));
  return command?.[1]?.split(',') ?? [];
}

const pages = ['html', 'node', 'react'].flatMap((name) => [
  [`examples/${name}/README.md`, name],
  [`docs/quick-start-${name}.md`, name],
]);

test.each(pages)('%s installs what the example needs, with all that it depends on', async (page, name) => {
  const manifest = JSON.parse(await readFile(`examples/${name}/package.json`, 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const given = await tarballsIn(page ?? '');
  const needed = new Set(Object.keys(manifest.dependencies));
  for (const each of needed) {
    const own = packageNames.find((short) => each === `@hubbub/${short}`);
    if (!own) continue;
    expect(given).toContain(own);
    const { version, dependencies } = await readManifest(own);
    expect(manifest.dependencies[each] ?? `^${version}`).toBe(`^${version}`);
    for (const dependency of Object.keys(dependencies)) needed.add(dependency);
  }
  expect(given.filter((short) => !needed.has(`@hubbub/${short}`))).toEqual([]);
});

test.each(['html', 'node'])(
  'the example %s installs from tarballs, without a registry for ours',
  async (name) => {
    const folder = await mkdtemp(join(tmpdir(), `hubbub-example-${name}-`));
    onTestFinished(() => rm(folder, { recursive: true }));
    const isCopied = (path: string) => basename(path) !== 'node_modules';
    await cp(join('examples', name), folder, { recursive: true, filter: isCopied });
    const given = (await tarballsIn(`examples/${name}/README.md`)).sort();
    const paths = packageNames.filter((each) => given.includes(each)).map((each) => tarballs[each]);
    await succeed('npm', ['install', '--no-save', '--prefer-offline', '--no-audit', '--no-fund', ...paths], {
      cwd: folder,
    });
    expect((await readdir(join(folder, 'node_modules/@hubbub'))).sort()).toEqual(given);
    expect(await readFile(join(folder, 'package.json'), 'utf8')).toBe(
      await readFile(join('examples', name, 'package.json'), 'utf8'),
    );
  },
);
