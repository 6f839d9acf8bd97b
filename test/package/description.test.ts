/** The published package from the outside. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { removeRelativeLinks } from '../../client-sdk/build/build.ts';
import { run } from '../support/command.ts';

const { tarball, project } = inject('package');
const installed = join(project, 'node_modules/@hubbub/client');
/** Entries that are not modules. */
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
  test('passes publint', async () => {
    const { code, output } = await run(tool('publint'), ['run', tarball, '--strict'], { cwd: project });
    expect(output).toContain('All good!');
    expect(code).toBe(0);
  });

  test('has correct types for ESM, CommonJS and bundlers', async () => {
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

  test('has its dependencies; React is an optional peer', () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(['jose', 'lit', 'socket.io-client']);
    expect(manifest.peerDependencies).toEqual({ react: '>=18' });
    expect(manifest.peerDependenciesMeta).toEqual({ react: { optional: true } });
  });

  test('has these entries', () => {
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

  test('contains the license, a README, and the maps of every script', () => {
    expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json']));
    const scripts = files.filter((path) => /\.c?js$/.test(path));
    expect(scripts).toEqual(
      expect.arrayContaining(['index.js', 'index.cjs', 'browser/hubbub.js', 'browser/hubbub-inbox.js']),
    );
    // An entry with only re-exports needs no map.
    const mapped = scripts.filter((path) => path !== 'index.js' && path !== 'index.cjs');
    expect(files).toEqual(expect.arrayContaining(mapped.map((path) => `${path}.map`)));
  });

  test('has a README with absolute links only', async () => {
    const page = await readFile(join(installed, 'README.md'), 'utf8');
    const linked = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, address]) => address);
    expect(linked.filter((address) => !address?.startsWith('https://'))).toEqual([]);
  });

  test.each([
    ['[events](../docs/events.md)', 'events'],
    ['([the texts](../docs/inbox.md#texts), [all](../docs/api/@hubbub/client/react.md))', '(the texts, all)'],
    ['[`hub.ts`](src/hub.ts "the calls"), [the license](/LICENSE)', '`hub.ts`, the license'],
    ['[elsewhere](https://example.com/a#b), [below](#for-backends)', null],
  ])('the README keeps only absolute links: %s', (source, expected) => {
    expect(removeRelativeLinks(source)).toBe(expected ?? source);
  });

  test.each(files.filter((path) => /\.(c?js|d\.c?ts)$/.test(path)))(
    '%s has no schemas in it, and contains no local paths',
    async (path) => {
      const text = await readFile(join(installed, path), 'utf8');
      expect(text).not.toMatch(/\bzod\b/i);
      expect(text).not.toContain(process.cwd());
      // Declarations must not import files outside the package.
      expect(text).not.toMatch(/(from|import\(|require\()\s*["'](\.\.\/|[^"']*\.ts["'])/);
    },
  );
});
