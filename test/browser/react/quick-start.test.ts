/** Runs the application of docs/quick-start-react.md, copied from the page. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { Example } from '../../support/example.ts';
import { SECRET } from '../../support/services.ts';
import { until } from '../../support/until.ts';
import { Application } from './application.ts';

/** A file name on its own line, and its content. */
async function filesOf(page: string): Promise<Map<string, string>> {
  const text = await readFile(page, 'utf8');
  const blocks = text.matchAll(/^`([\w./-]+)`\n\n```\w+\n(.*?)^```$/gms);
  return new Map(Array.from(blocks, ([, name = '', content = '']) => [name, content]));
}

let files: Map<string, string>;
let example: Example;
let application: Application;
beforeAll(async () => {
  files = await filesOf('docs/quick-start-react.md');
  // In the folder of the larger example, which has the same packages, but without its files.
  example = await Example.install('react');
  for (const name of ['src', 'index.html', 'server.mjs', 'vite.config.ts', 'tsconfig.json']) {
    await rm(join(example.folder, name), { recursive: true });
  }
  for (const [name, content] of files) {
    const path = join(example.folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
  }
  application = await Application.start(example);
});
afterEach(async () => {
  expect(await application.clear()).toEqual([]);
});
afterAll(async () => {
  await application?.close();
  await example?.remove();
});

it('the quick start is complete, with the example’s package versions', async () => {
  expect([...files.keys()]).toEqual([
    'package.json',
    'vite.config.js',
    'index.html',
    'main.jsx',
    'server.mjs',
  ]);
  interface Manifest {
    dependencies: Record<string, string>;
    devDependencies: Record<string, string>;
  }
  const parsed = (text: string): Manifest => JSON.parse(text) as Manifest;
  const own = parsed(files.get('package.json') ?? '');
  const larger = parsed(await readFile('examples/react/package.json', 'utf8'));
  for (const [name, version] of Object.entries({ ...own.dependencies, ...own.devDependencies })) {
    const { [name]: known = larger.devDependencies[name] } = larger.dependencies;
    expect([name, version]).toEqual([name, known]);
  }
});

it('the application shows actions of another user at once', async () => {
  const [ann, ben] = [await application.page('/?as=ann'), await application.page('/?as=ben')];
  await ben.locator('ol[aria-busy="false"]').waitFor({ state: 'attached' });
  await ben.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  await ann.getByRole('button', { name: 'Comment on the login issue' }).click();
  await ann.getByText('Everyone who follows the project knows.').waitFor();

  await ben.getByRole('button', { name: 'Notifications, 1 unread' }).waitFor();
  for (const page of [ann, ben]) {
    await page.locator('ol').getByText('ann commented on Fix login in Acme').waitFor();
  }
  await ben.getByRole('button', { name: 'Notifications, 1 unread' }).click();
  await ben
    .getByRole('dialog')
    .getByRole('article', { name: /ann commented on Fix login/ })
    .click({ position: { x: 4, y: 4 } });
  await ben.getByRole('button', { name: 'Notifications', exact: true }).waitFor();
  expect(new URL(ben.url()).hash).toBe('#issue-7');
});

it('the server reports an invalid port and a port in use', async () => {
  const said = async (port: string): Promise<string> => {
    const { child, output } = await example.run({ HUBBUB_JWT_SECRET: SECRET, PORT: port });
    await until(() => child.exitCode !== null, 'the end');
    expect(child.exitCode).toBe(1);
    return output();
  };
  expect(await said('abc')).toBe('PORT must be a port number from 0 to 65535, not "abc".\n');
  const { port } = new URL(application.url);
  expect(await said(port)).toMatch(new RegExp(`^Nothing can be served at port ${port}: .*EADDRINUSE.*\n$`));
});
