/** What would be published, looked at from outside. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { standingAlone } from '../../client-sdk/build/build.ts';
import { run } from '../support/command.ts';

const { tarball, project } = inject('package');
const installed = join(project, 'node_modules/@hubbub/client');
/** Entries that are no modules, whatever their types. */
const untyped = ['browser/*', 'package.json', 'react/inbox.css'];
const tool = (name: string) => join(process.cwd(), 'node_modules/.bin', name);

interface Manifest {
  private?: boolean;
  version: string;
  license: string;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
  peerDependenciesMeta: Record<string, { optional: boolean }>;
  exports: Record<string, unknown>;
}

const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')) as Manifest;
const files = (await readdir(installed, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
  .filter((path) => !path.startsWith('node_modules/'));

describe('the package', () => {
  test('has nothing that publint finds fault with', async () => {
    const { code, output } = await run(tool('publint'), ['run', tarball, '--strict'], { cwd: project });
    expect(output).toContain('All good!');
    expect(code).toBe(0);
  });

  test('has types that are found, and right, from ESM, CommonJS and bundlers', async () => {
    const { code, output } = await run(
      tool('attw'),
      [
        tarball,
        '--profile',
        'node16',
        '--format',
        'ascii',
        '--no-emoji',
        '--exclude-entrypoints',
        ...untyped,
      ],
      { cwd: project },
    );
    expect(output).toContain('No problems found');
    for (const entry of ['', '/element', '/react', '/server']) {
      expect(output).toContain(`"@hubbub/client${entry}"`);
    }
    expect(code).toBe(0);
  });

  test('may be published, under the version and the license of the repository', async () => {
    const own = JSON.parse(await readFile('package.json', 'utf8')) as Manifest;
    expect(manifest).toMatchObject({ version: own.version, license: own.license });
    expect(manifest.private).toBeUndefined();
  });

  test('brings what it needs, and React only to those who have it', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['jose', 'lit', 'socket.io-client']);
    expect(manifest.peerDependencies).toEqual({ react: '>=18' });
    expect(manifest.peerDependenciesMeta).toEqual({ react: { optional: true } });
  });

  test('offers these entries', () => {
    expect(Object.keys(manifest.exports)).toEqual([
      '.',
      './element',
      './react',
      './server',
      './react/inbox.css',
      './browser/*',
      './package.json',
    ]);
  });

  test('holds the license, a page to read, and the maps of every script', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const scripts = files.filter((path) => /\.c?js$/.test(path));
    expect(scripts).toEqual(
      expect.arrayContaining(['index.js', 'index.cjs', 'browser/hubbub.js', 'browser/hubbub-inbox.js']),
    );
    // An entry that only hands on what others hold has nothing to map.
    const mapped = scripts.filter((path) => path !== 'index.js' && path !== 'index.cjs');
    expect(files).toEqual(expect.arrayContaining(mapped.map((path) => `${path}.map`)));
  });

  test('has a page to read that links to nothing it does not hold', async () => {
    const page = await readFile(join(installed, 'README.md'), 'utf8');
    const linked = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, address]) => address);
    expect(linked.filter((address) => !address?.startsWith('https://'))).toEqual([]);
  });

  test.each([
    ['[events](../docs/events.md)', 'events'],
    ['([the texts](../docs/inbox.md#texts), [all](../docs/api/@hubbub/client/react.md))', '(the texts, all)'],
    ['[`hub.ts`](src/hub.ts "the calls"), [the license](/LICENSE)', '`hub.ts`, the license'],
    ['[elsewhere](https://example.com/a#b), [below](#for-backends)', null],
  ])('of %s the page to read keeps what leads somewhere', (written, kept) => {
    expect(standingAlone(written)).toBe(kept ?? written);
  });

  test.each(files.filter((path) => /\.(c?js|d\.c?ts)$/.test(path)))(
    '%s has no schemas in it, and names no place of the machine it was built on',
    async (path) => {
      const text = await readFile(join(installed, path), 'utf8');
      expect(text).not.toMatch(/\bzod\b/i);
      expect(text).not.toContain(process.cwd());
      // What is declared is declared here: nothing beside the package is there when it is installed.
      expect(text).not.toMatch(/(from|import\(|require\()\s*["'](\.\.\/|[^"']*\.ts["'])/);
    },
  );
});
