/**
 * Tests `npm run imports`: adds the imports below to a copy of the project's folders, one file each. The project's command and
 * configuration must report each of them with the name of its rule.
 */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = [
  'protocol',
  'core',
  'infra',
  'server',
  'workers',
  'client-sdk',
  'dev',
  'demo',
  'examples',
  'test',
  'bench',
  'chaos',
];

/** Subfolders that also get a file to import. */
const inside = [
  ...['src', 'ui', 'element', 'react', 'server'].map((layer) => `client-sdk/${layer}`),
  'protocol/schemas',
  'examples/html',
];

/** The rule, the folder of the file with the import, and the import. */
const forbidden: [rule: string, folder: string, imports: string][] = [
  ['protocol-not-core', 'protocol', '../core/other.ts'],
  ['protocol-only-zod', 'protocol', 'ulid'],
  ['protocol-only-zod', 'protocol', 'node:crypto'],
  ['core-not-infra', 'core', '../infra/other.ts'],
  ['core-no-transports', 'core', 'mongoose'],
  ['core-no-transports', 'core', 'socket.io'],
  ['core-no-transports', 'core', 'ioredis'],
  ['core-no-network', 'core', 'node:http'],
  ['infra-not-server', 'infra', '../server/other.ts'],
  ['server-not-workers', 'server', '../workers/other.ts'],
  ['workers-not-server', 'workers', '../server/other.ts'],
  ['server-not-dev', 'server', '../dev/other.ts'],
  ['workers-not-test', 'workers', '../test/other.ts'],
  ['server-not-demo', 'server', '../demo/other.ts'],
  ['infra-not-bench', 'infra', '../bench/other.ts'],
  ['server-not-client-sdk', 'server', '../client-sdk/src/other.ts'],
  ['client-sdk-not-core', 'client-sdk/src', '../../core/other.ts'],
  ['client-sdk-src-not-ui', 'client-sdk/src', '../ui/other.ts'],
  ['client-sdk-src-not-element', 'client-sdk/src', '../element/other.ts'],
  ['client-sdk-src-not-react', 'client-sdk/src', '../react/other.ts'],
  ['client-sdk-src-not-server', 'client-sdk/src', '../server/other.ts'],
  ['client-sdk-src-packages', 'client-sdk/src', 'zod'],
  ['client-sdk-src-packages', 'client-sdk/src', 'lit'],
  ['client-sdk-no-node', 'client-sdk/src', 'node:events'],
  ['client-sdk-no-schemas', 'client-sdk/src', '../../protocol/schemas/other.ts'],
  ['client-sdk-ui-not-element', 'client-sdk/ui', '../element/other.ts'],
  ['client-sdk-ui-not-react', 'client-sdk/ui', '../react/other.ts'],
  ['client-sdk-ui-packages', 'client-sdk/ui', 'lit'],
  ['client-sdk-ui-only-types', 'client-sdk/ui', '../../protocol/other.ts'],
  ['client-sdk-ui-only-types', 'client-sdk/ui', '../src/other.ts'],
  ['client-sdk-no-node', 'client-sdk/ui', 'node:util'],
  ['client-sdk-element-not-react', 'client-sdk/element', '../react/other.ts'],
  ['client-sdk-element-not-server', 'client-sdk/element', '../server/other.ts'],
  ['client-sdk-element-packages', 'client-sdk/element', 'react'],
  ['client-sdk-element-packages', 'client-sdk/element', 'socket.io-client'],
  ['client-sdk-react-not-element', 'client-sdk/react', '../element/other.ts'],
  ['client-sdk-react-not-server', 'client-sdk/react', '../server/other.ts'],
  ['client-sdk-react-packages', 'client-sdk/react', 'lit'],
  ['client-sdk-no-node', 'client-sdk/react', 'node:util'],
  ['client-sdk-browser-not-ui', 'client-sdk/browser', '../ui/other.ts'],
  ['client-sdk-browser-not-server', 'client-sdk/browser', '../server/other.ts'],
  ['client-sdk-browser-packages', 'client-sdk/browser', 'lit'],
  ['client-sdk-server-not-element', 'client-sdk/server', '../element/other.ts'],
  ['client-sdk-server-packages', 'client-sdk/server', 'express'],
  ['client-sdk-server-only-errors', 'client-sdk/server', '../src/other.ts'],
  ['client-sdk-not-core', 'client-sdk/server', '../../core/other.ts'],
  ['client-sdk-build-not-src', 'client-sdk/build', '../src/other.ts'],
  ['examples-only-the-package', 'examples/html', '../../protocol/other.ts'],
  ['examples-only-the-package', 'examples/node', '../../client-sdk/src/other.ts'],
  ['examples-only-the-package', 'examples/node', '../../test/other.ts'],
  ['examples-by-name', 'examples/node', '../../client-sdk/src/index.ts'],
  ['examples-not-each-other', 'examples/node', '../html/other.ts'],
  ['server-not-examples', 'server', '../examples/html/other.ts'],
  ['demo-page-in-the-browser', 'demo/page', '../../infra/other.ts'],
  ['demo-page-in-the-browser', 'demo/page', 'node:fs'],
  ['demo-not-workers', 'demo', '../workers/other.ts'],
  ['chaos-not-server', 'chaos', '../server/other.ts'],
  ['chaos-not-test', 'chaos', '../test/other.ts'],
  ['workers-not-chaos', 'workers', '../chaos/other.ts'],
  ['nobody-imports-chaos', 'test', '../chaos/other.ts'],
  ['nobody-imports-chaos', 'dev', '../chaos/other.ts'],
  ['production-no-dev-packages', 'infra', 'pg'],
];

let copy: string;

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'hubbub-imports-'));
  const isSource = (path: string) => !['node_modules', 'dist', '.hubbub'].includes(basename(path));
  for (const folder of folders) {
    await cp(join(root, folder), join(copy, folder), { recursive: true, filter: isSource });
  }
  for (const file of ['.dependency-cruiser.js', 'package.json', 'tsconfig.json']) {
    await cp(join(root, file), join(copy, file));
  }
  // The packages are the project's, except the SDK, which is the copy's.
  await mkdir(join(copy, 'node_modules/@hubbub'), { recursive: true });
  for (const name of await readdir(join(root, 'node_modules'))) {
    if (name !== '@hubbub') await symlink(join(root, 'node_modules', name), join(copy, 'node_modules', name));
  }
  await symlink(join(copy, 'client-sdk'), join(copy, 'node_modules/@hubbub/client'));
});

afterAll(() => rm(copy, { recursive: true, force: true }));

/** Runs the command of `npm run imports` in the copy. */
async function check(): Promise<{ code: number; output: string }> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    scripts: { imports: string };
  };
  const [command, ...args] = scripts.imports.split(' ');
  const path = join(root, 'node_modules/.bin', command ?? '');
  return new Promise((resolve) => {
    execFile(path, args, { cwd: copy, env: { ...process.env, NO_COLOR: '1' } }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: stdout + stderr });
    });
  });
}

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(copy, file)), { recursive: true });
  await writeFile(join(copy, file), text);
}

test('the project has no violations', async () => {
  const { code, output } = await check();
  expect(output).toContain('no dependency violations found');
  expect(code).toBe(0);
});

describe('with forbidden imports added', () => {
  const added = (index: number, folder: string) => `${folder}/added-${index}.ts`;
  let output: string;
  let code: number;

  beforeAll(async () => {
    for (const folder of [...folders, ...inside]) {
      await write(join(folder, 'other.ts'), 'export const other = 1;\n');
    }
    for (const [index, [, folder, imports]] of forbidden.entries()) {
      await write(
        added(index, folder),
        `import * as other from '${imports}';\n\nexport const used = [other];\n`,
      );
    }
    await write(
      'examples/html/by-name.ts',
      "import * as client from '@hubbub/client';\nimport * as server from '@hubbub/client/server';\n\n" +
        'export const used = [client, server];\n',
    );
    await write(
      'core/typed.ts',
      "import type { other } from '../infra/other.ts';\n\nexport type T = typeof other;\n",
    );
    await write('core/there.ts', "import './back.ts';\n");
    await write('core/back.ts', "import './there.ts';\n");
    await write(
      'core/model/upwards.ts',
      "import type { FeedDeps } from '../feed/deps.ts';\n\nexport type T = FeedDeps;\n",
    );
    ({ code, output } = await check());
  });

  test('the check fails', () => {
    expect(code).toBeGreaterThan(0);
  });

  test.each(forbidden)('%s refuses %s importing %s', (rule, folder, imports) => {
    const index = forbidden.findIndex((row) => row[0] === rule && row[1] === folder && row[2] === imports);
    expect(output).toContain(`error ${rule}: ${added(index, folder)} → `);
  });

  test('an example may import the package by its name', () => {
    expect(output).not.toContain('examples/html/by-name.ts');
  });

  test('core-not-infra refuses an import of types alone', () => {
    expect(output).toContain('error core-not-infra: core/typed.ts → infra/other.ts');
  });

  test('no-circles refuses two files importing each other', () => {
    expect(output).toMatch(/error no-circles: core\/(there|back)\.ts →/);
  });

  test('core-folders-no-circles refuses an import that makes two subjects depend on each other', () => {
    expect(output).toMatch(/error core-folders-no-circles: core\/model →\s+core\/feed →/);
  });
});
