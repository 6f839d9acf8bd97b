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
import { packageNames } from '../../client-sdk/build/packages.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folders = [
  'protocol',
  'core',
  'config',
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

/** The source folders of the SDK's packages. */
const packageFolders = [
  'client/src',
  'inbox/engine',
  'inbox/element',
  'inbox/browser',
  'react/src',
  'node/src',
];

/** Subfolders that also get a file to import. */
const inside = [
  ...packageFolders.map((folder) => `client-sdk/${folder}`),
  'client-sdk/common',
  'protocol/schemas',
  'examples/html',
];

/** The rule, the folder of the file with the import, and the import. */
const forbidden: [rule: string, folder: string, imports: string][] = [
  ['protocol-not-core', 'protocol', '../core/other.ts'],
  ['protocol-only-zod', 'protocol', 'ulid'],
  ['protocol-only-zod', 'protocol', 'node:crypto'],
  ['core-not-infra', 'core', '../infra/other.ts'],
  ['core-not-config', 'core', '../config/other.ts'],
  ['config-not-infra', 'config', '../infra/other.ts'],
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
  ['server-not-client-sdk', 'server', '../client-sdk/client/src/other.ts'],
  ['client-sdk-not-core', 'client-sdk/client/src', '../../../core/other.ts'],
  ['client-sdk-client-src-not-inbox-engine', 'client-sdk/client/src', '@hubbub/inbox/engine'],
  ['client-sdk-client-src-not-inbox-element', 'client-sdk/client/src', '@hubbub/inbox'],
  ['client-sdk-client-src-not-react-src', 'client-sdk/client/src', '@hubbub/react'],
  ['client-sdk-client-src-not-node-src', 'client-sdk/client/src', '@hubbub/node'],
  ['client-sdk-client-src-packages', 'client-sdk/client/src', 'zod'],
  ['client-sdk-client-src-packages', 'client-sdk/client/src', 'lit'],
  ['client-sdk-no-node', 'client-sdk/client/src', 'node:events'],
  ['client-sdk-no-schemas', 'client-sdk/client/src', '../../../protocol/schemas/other.ts'],
  ['client-sdk-common-not-client-src', 'client-sdk/common', '../client/src/other.ts'],
  ['client-sdk-common-packages', 'client-sdk/common', 'socket.io-client'],
  ['client-sdk-no-node', 'client-sdk/common', 'node:events'],
  ['client-sdk-inbox-engine-not-inbox-element', 'client-sdk/inbox/engine', '../element/other.ts'],
  ['client-sdk-inbox-engine-not-react-src', 'client-sdk/inbox/engine', '@hubbub/react'],
  ['client-sdk-inbox-engine-packages', 'client-sdk/inbox/engine', 'lit'],
  ['client-sdk-by-name', 'client-sdk/inbox/engine', '../../client/src/other.ts'],
  ['client-sdk-shapes-of-client', 'client-sdk/inbox/engine', '../../../protocol/other.ts'],
  ['client-sdk-no-node', 'client-sdk/inbox/engine', 'node:util'],
  ['client-sdk-inbox-element-not-react-src', 'client-sdk/inbox/element', '@hubbub/react'],
  ['client-sdk-inbox-element-not-node-src', 'client-sdk/inbox/element', '@hubbub/node'],
  ['client-sdk-inbox-element-not-common', 'client-sdk/inbox/element', '../../common/other.ts'],
  ['client-sdk-inbox-element-packages', 'client-sdk/inbox/element', 'react'],
  ['client-sdk-inbox-element-packages', 'client-sdk/inbox/element', 'socket.io-client'],
  ['client-sdk-by-name', 'client-sdk/inbox/element', '../../client/src/index.ts'],
  ['client-sdk-react-src-not-inbox-element', 'client-sdk/react/src', '@hubbub/inbox'],
  ['client-sdk-react-src-not-node-src', 'client-sdk/react/src', '@hubbub/node'],
  ['client-sdk-react-src-packages', 'client-sdk/react/src', 'lit'],
  ['client-sdk-by-name', 'client-sdk/react/src', '../../inbox/engine/other.ts'],
  ['client-sdk-shapes-of-client', 'client-sdk/react/src', '../../../protocol/other.ts'],
  ['client-sdk-no-node', 'client-sdk/react/src', 'node:util'],
  ['client-sdk-inbox-browser-not-inbox-engine', 'client-sdk/inbox/browser', '../engine/other.ts'],
  ['client-sdk-inbox-browser-not-node-src', 'client-sdk/inbox/browser', '@hubbub/node'],
  ['client-sdk-inbox-browser-packages', 'client-sdk/inbox/browser', 'lit'],
  ['client-sdk-node-src-not-inbox-element', 'client-sdk/node/src', '@hubbub/inbox'],
  ['client-sdk-node-src-not-client-src', 'client-sdk/node/src', '@hubbub/client'],
  ['client-sdk-node-src-packages', 'client-sdk/node/src', 'express'],
  ['client-sdk-not-core', 'client-sdk/node/src', '../../../core/other.ts'],
  ['client-sdk-build-not-client-src', 'client-sdk/build', '../client/src/other.ts'],
  ['examples-only-packages', 'examples/html', '../../protocol/other.ts'],
  ['examples-only-packages', 'examples/node', '../../client-sdk/client/src/other.ts'],
  ['examples-only-packages', 'examples/node', '../../test/other.ts'],
  ['examples-by-name', 'examples/node', '../../client-sdk/client/src/index.ts'],
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
  for (const name of packageNames) {
    await symlink(join(copy, 'client-sdk', name), join(copy, 'node_modules/@hubbub', name));
  }
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
      "import * as client from '@hubbub/client';\nimport * as engine from '@hubbub/inbox/engine';\n" +
        "import * as node from '@hubbub/node';\n\nexport const used = [client, engine, node];\n",
    );
    await write(
      'core/typed.ts',
      "import type { other } from '../infra/other.ts';\n\nexport type T = typeof other;\n",
    );
    await write('core/there.ts', "import './back.ts';\n");
    await write('core/back.ts', "import './there.ts';\n");
    await write(
      'core/model/upwards.ts',
      "import type { FeedWriter } from '../feed/write/writer.ts';\n\nexport type T = FeedWriter;\n",
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

  test('an example may import the packages by their names', () => {
    expect(output).not.toContain('examples/html/by-name.ts');
  });

  test('core-not-infra refuses an import of types alone', () => {
    expect(output).toContain('error core-not-infra: core/typed.ts → infra/other.ts');
  });

  test('no-circles refuses two files importing each other', () => {
    expect(output).toMatch(/error no-circles: core\/(there|back)\.ts →/);
  });

  test('core-folders-no-circles refuses an import that makes two subjects depend on each other', () => {
    expect(output).toMatch(/error core-folders-no-circles: core\/[\s\S]+?core\/model →\s+core\/feed/);
  });
});
