/** The published packages from the outside. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, inject, test } from 'vitest';
import { removeRelativeLinks } from '../../client-sdk/build/build.ts';
import { packageNames } from '../../client-sdk/build/packages.ts';
import { run } from '../support/command.ts';

const { tarballs, project } = inject('packages');
const folderOf = (name: string) => join(project, 'node_modules/@hubbub', name);
const tool = (name: string) => join(process.cwd(), 'node_modules/.bin', name);

interface Manifest {
  private?: boolean;
  version: string;
  license: string;
  publishConfig: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
  exports: Record<string, unknown>;
  sideEffects: false | string[];
}

const manifestOf = async (folder: string) =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

async function filesOf(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((path) => !path.startsWith('node_modules/'));
}

const expected = {
  client: {
    dependencies: ['socket.io-client'],
    peers: undefined,
    modules: ['.'],
    others: ['./browser/*'],
    scripts: ['browser/hubbub.js'],
    effects: ['./browser/*'],
  },
  inbox: {
    dependencies: ['@hubbub/client', 'lit'],
    peers: undefined,
    modules: ['.', './engine'],
    others: ['./inbox.css', './browser/*'],
    scripts: ['browser/hubbub-inbox.js'],
    effects: ['./index.js', './index.cjs', './browser/*', './inbox.css'],
  },
  react: {
    dependencies: ['@hubbub/client', '@hubbub/inbox'],
    peers: { react: '>=18' },
    modules: ['.'],
    others: ['./inbox.css'],
    scripts: [],
    effects: ['./inbox.css'],
  },
  node: {
    dependencies: ['jose'],
    peers: undefined,
    modules: ['.'],
    others: [],
    scripts: [],
    effects: false,
  },
};

const [own, ...installed] = await Promise.all(
  ['.', ...packageNames.map(folderOf)].map((folder) => manifestOf(folder)),
);

test('all packages have one version, which satisfies what they need of each other', () => {
  const [version] = installed.map((each) => each.version);
  for (const { version: other, dependencies } of installed) {
    expect(other).toBe(version);
    for (const [name, range] of Object.entries(dependencies)) {
      if (name.startsWith('@hubbub/')) expect(range).toBe(`^${version}`);
    }
  }
});

describe.each(packageNames)('the package %s', (name) => {
  const { dependencies, peers, modules, others, scripts, effects } = expected[name];
  const folder = folderOf(name);

  test('passes publint', async () => {
    const { code, output } = await run(tool('publint'), ['run', tarballs[name], '--strict'], {
      cwd: project,
    });
    expect(output).toContain('All good!');
    expect(code).toBe(0);
  });

  test('has correct types for ESM, CommonJS and bundlers', async () => {
    // Entries that are not modules.
    const untyped = [...others.map((entry) => entry.slice(2)), 'package.json'];
    const options = ['--profile', 'node16', '--format', 'ascii', '--no-emoji'];
    const { code, output } = await run(
      tool('attw'),
      [tarballs[name], ...options, '--exclude-entrypoints', ...untyped],
      { cwd: project },
    );
    expect(output).toContain('No problems found');
    for (const entry of modules) expect(output).toContain(`"@hubbub/${name}${entry.slice(1)}"`);
    expect(code).toBe(0);
  });

  test('may be published by everyone for everyone, under the license of the repository', async () => {
    const manifest = await manifestOf(folder);
    expect(manifest.license).toBe(own?.license);
    expect(manifest.private).toBeUndefined();
    expect(manifest.publishConfig).toEqual({ access: 'public' });
  });

  test('has only its own dependencies', async () => {
    const manifest = await manifestOf(folder);
    expect(Object.keys(manifest.dependencies).sort()).toEqual(dependencies);
    expect(manifest.peerDependencies).toEqual(peers);
  });

  test('has these entries', async () => {
    const manifest = await manifestOf(folder);
    expect(Object.keys(manifest.exports)).toEqual([...modules, ...others, './package.json']);
    expect(manifest.sideEffects).toEqual(effects);
  });

  test('contains the license, a README, and the maps of every script', async () => {
    const files = await filesOf(folder);
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'index.js', 'index.cjs', ...scripts]),
    );
    const code = files.filter((path) => /\.c?js$/.test(path));
    // An entry with only re-exports needs no map.
    const texts = await Promise.all(code.map((path) => readFile(join(folder, path), 'utf8')));
    const mapped = code.filter((_path, index) => texts[index]?.includes('//# sourceMappingURL'));
    expect(files).toEqual(expect.arrayContaining(mapped.map((path) => `${path}.map`)));
    expect(mapped.length).toBeGreaterThan(0);
  });

  test('has a README with absolute links only', async () => {
    const page = await readFile(join(folder, 'README.md'), 'utf8');
    const linked = [...page.matchAll(/\]\(([^)]+)\)/g)].map(([, address]) => address);
    expect(linked.filter((address) => !address?.startsWith('https://'))).toEqual([]);
    expect(page).toContain(`npm install @hubbub/${name}`);
  });

  test('has no schemas in it, and contains no local paths', async () => {
    for (const path of await filesOf(folder)) {
      if (!/\.(c?js|d\.c?ts)$/.test(path)) continue;
      const text = await readFile(join(folder, path), 'utf8');
      expect(text, path).not.toMatch(/\bzod\b/i);
      expect(text, path).not.toContain(process.cwd());
      // Declarations must not import files outside the package.
      expect(text, path).not.toMatch(/(from|import\(|require\()\s*["'](\.\.\/|[^"']*\.ts["'])/);
    }
  });
});

test.each([
  ['[events](../docs/events.md)', 'events'],
  ['([the texts](../docs/inbox.md#texts), [all](../docs/api/@hubbub/react.md))', '(the texts, all)'],
  ['[`hub.ts`](src/hub.ts "the calls"), [the license](/LICENSE)', '`hub.ts`, the license'],
  ['[elsewhere](https://example.com/a#b), [below](#for-backends)', null],
])('a README keeps only absolute links: %s', (source, text) => {
  expect(removeRelativeLinks(source)).toBe(text ?? source);
});
