/** What a release publishes. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, onTestFinished, test } from 'vitest';
import { packPackages } from '../../client-sdk/build/pack.ts';
import { packageNames } from '../../client-sdk/build/packages.ts';
import { pendingChangesets, report } from '../../client-sdk/build/release.ts';
import { run } from '../support/command.ts';

const { built } = inject('packages');
const read = async (path: string): Promise<unknown> => JSON.parse(await readFile(path, 'utf8'));
const versions = Promise.all(
  packageNames.map(async (name) => (await read(`client-sdk/${name}/package.json`)) as { version: string }),
);

test('a report shows version, files and sizes of every package', async () => {
  const text = report(await packPackages(built));
  for (const [index, { version }] of (await versions).entries()) {
    const title = new RegExp(
      `^@hubbub/${packageNames[index]} ${version}: \\d+ files, [\\d.]+ kB, unpacked [\\d.]+ kB$`,
      'm',
    );
    expect(text).toMatch(title);
  }
  expect(text).toMatch(/^ {2}browser\/hubbub-inbox\.js {2}[\d.]+ kB$/m);
  expect(text).not.toMatch(/^ {2}.*(?<!\.d)\.tsx? /m);
});

test('a dry run publishes nothing, and says so', async () => {
  const { code, output } = await run('npm', ['run', '--silent', 'release', '--', '--dry-run'], {
    cwd: process.cwd(),
    // Nothing listens there: a request would fail.
    env: { npm_config_registry: 'http://127.0.0.1:1' },
  });
  expect(output).toContain('Dry run: nothing was published.');
  for (const name of packageNames) expect(output).toContain(`@hubbub/${name} `);
  expect(code).toBe(0);
});

test('changesets without a version are found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-changesets-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const file of ['README.md', 'config.json', 'quick-bells-ring.md']) {
    await writeFile(join(folder, file), '');
  }
  expect(await pendingChangesets(folder)).toEqual(['quick-bells-ring.md']);
});

test('the four packages are published together, in one version', async () => {
  expect(await read('.changeset/config.json')).toMatchObject({
    fixed: [packageNames.map((name) => `@hubbub/${name}`)],
    access: 'public',
  });
  expect(new Set((await versions).map(({ version }) => version)).size).toBe(1);
});

test.each(packageNames)('the folder of %s cannot be published', async (name) => {
  const args = ['publish', '--dry-run', '--ignore-scripts=false'];
  const { code, output } = await run('npm', args, { cwd: join('client-sdk', name) });
  expect(code).not.toBe(0);
  expect(output).toContain('npm run release');
});
