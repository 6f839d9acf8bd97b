/** The installed packages in programs: ESM, CommonJS, a bundler, a script tag. The hub is a fake on a real Socket.IO server. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build as bundle } from 'esbuild';
import type { Browser, Page } from 'playwright-core';
import { build as viteBuild } from 'vite';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { launchChromium } from '../support/chromium.ts';
import { run, succeed } from '../support/command.ts';
import { FileServer } from '../support/file-server.ts';
import { item } from '../unit/client-sdk-client/factory.ts';
import { FakeGateway } from '../unit/client-sdk-client/fake-gateway.ts';

const { project, backend } = inject('packages');
const installed = (path: string) => join(project, 'node_modules/@hubbub', path);

let gateway: FakeGateway;
let browser: Browser;
let pagesUrl: string;
const pages = new FileServer();
beforeAll(async () => {
  gateway = await new FakeGateway().listen();
  gateway.feed.put(item('i1', 1));
  gateway.feed.put(item('i2', 2));
  [browser, pagesUrl] = await Promise.all([launchChromium(), pages.listen()]);
});
afterAll(async () => {
  await browser.close();
  await pages.close();
  await gateway.close();
});

/** Prints the texts of the first loaded feed, then ends. */
const show = `
const hub = connect(process.argv[2], { token: 'a token' });
hub.feed.subscribe(() => {
  const { items, counts, status } = hub.feed.getSnapshot();
  if (status !== 'ready') return;
  console.log(items.map((each) => each.action.text).join(', '), counts.unread);
  hub.close();
});
`;
const expectedText = 'Ada closed i2, Ada closed i1 2\n';

async function runProgram(file: string, text: string, folder = project): Promise<string> {
  await writeFile(join(folder, file), text);
  return succeed(process.execPath, [file, gateway.url], { cwd: folder });
}

describe('in Node', () => {
  test('an ESM program connects and shows a feed', async () => {
    const text = `import { connect } from '@hubbub/client';\n${show}`;
    expect(await runProgram('esm.mjs', text)).toBe(expectedText);
  });

  test('a CommonJS program connects and shows a feed', async () => {
    const text = `const { connect } = require('@hubbub/client');\n${show}`;
    expect(await runProgram('commonjs.cjs', text)).toBe(expectedText);
  });

  test.each([
    ['ESM', 'entries.mjs', 'await import'],
    ['CommonJS', 'entries.cjs', 'require'],
  ])('all entries of %s load together, and share their texts', async (_kind, file, load) => {
    const text = `
      const [client, inbox, engine, react, node] = [
        ${load}('@hubbub/client'),
        ${load}('@hubbub/inbox'),
        ${load}('@hubbub/inbox/engine'),
        ${load}('@hubbub/react'),
        ${load}('@hubbub/node'),
      ];
      console.log(inbox.english === engine.english, typeof inbox.HubbubInbox, typeof react.useFeed);
      console.log(typeof client.connect, new node.HubError('closed', 'closed', false).code);
      node.createHubServer({ url: 'http://127.0.0.1:1', secret: 'a secret of at least 32 characters' }).tokenFor('ada').then((token) => {
        console.log(token.split('.').length);
      });
    `;
    expect(await runProgram(file, text)).toBe('true function function\nfunction closed\n3\n');
  });

  test('internal files cannot be imported', async () => {
    await writeFile(join(project, 'inside.mjs'), "import '@hubbub/client/src/hub.ts';\n");
    const { code, output } = await run(process.execPath, ['inside.mjs'], { cwd: project });
    expect(code).toBe(1);
    expect(output).toContain('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});

/** Opens a page of an application on another origin than the hub; `files`: scripts by path. */
async function open(html: string, files: Record<string, string>): Promise<Page> {
  pages.files.clear();
  pages.files.set('/', { type: 'text/html; charset=utf-8', body: html });
  for (const [path, body] of Object.entries(files)) {
    pages.files.set(path, { type: 'text/javascript; charset=utf-8', body });
  }
  const page = await browser.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(pagesUrl);
  expect(errors).toEqual([]);
  return page;
}

/** Shows the texts of the first loaded feed in the page. */
const showInPage = `
const hub = connect(hubUrl, { token: 'a token' });
hub.feed.subscribe(() => {
  const { items, counts, status } = hub.feed.getSnapshot();
  if (status !== 'ready') return;
  document.querySelector('#feed').textContent =
    items.map((each) => each.action.text).join(', ') + ' ' + counts.unread;
});
`;

/** The bell's badge with the unread count. */
const badgeOf = (page: Page) => page.locator('hubbub-inbox').getByText('2', { exact: true }).first();

describe('a backend with only @hubbub/node', () => {
  test('gets nothing that is for pages', async () => {
    const packages = await readdir(join(backend, 'node_modules'));
    expect(packages.filter((name) => !name.startsWith('.')).sort()).toEqual(['@hubbub', 'jose']);
    expect(await readdir(join(backend, 'node_modules/@hubbub'))).toEqual(['node']);
  });

  test.each([
    ['ESM', 'backend.mjs', "import { createHubServer } from '@hubbub/node';"],
    ['CommonJS', 'backend.cjs', "const { createHubServer } = require('@hubbub/node');"],
  ])('creates tokens, as %s', async (_kind, file, load) => {
    const text = `${load}
      const hub = createHubServer({ url: process.argv[2], secret: 'a secret of at least 32 characters' });
      hub.tokenFor('ada').then((token) => console.log(token.split('.').length));
    `;
    expect(await runProgram(file, text, backend)).toBe('3\n');
  });
});

describe('with a script tag', () => {
  test('the global connects and shows a feed', async () => {
    const script = await readFile(installed('client/browser/hubbub.js'), 'utf8');
    const page = await open(
      `<p id="feed"></p><script src="/hubbub.js"></script>
       <script>const hubUrl = '${gateway.url}'; const { connect } = Hubbub; ${showInPage}</script>`,
      { '/hubbub.js': script },
    );
    await page.getByText(expectedText.trim()).waitFor();
    await page.close();
  });

  test('the element is defined, and has the same global', async () => {
    const script = await readFile(installed('inbox/browser/hubbub-inbox.js'), 'utf8');
    const page = await open(
      `<hubbub-inbox url="${gateway.url}" token="a token"></hubbub-inbox>
       <p id="feed"></p><script src="/hubbub-inbox.js"></script>
       <script>const hubUrl = '${gateway.url}'; const { connect } = Hubbub; ${showInPage}</script>`,
      { '/hubbub-inbox.js': script },
    );
    await page.getByText(expectedText.trim()).waitFor();
    await badgeOf(page).waitFor();
    await page.close();
  });

  test('the script may be loaded twice', async () => {
    const script = await readFile(installed('inbox/browser/hubbub-inbox.js'), 'utf8');
    const page = await open(
      `<hubbub-inbox url="${gateway.url}" token="a token"></hubbub-inbox>
       <script src="/hubbub-inbox.js"></script><script src="/again.js"></script>`,
      { '/hubbub-inbox.js': script, '/again.js': script },
    );
    await badgeOf(page).waitFor();
    await page.close();
  });
});

describe('through a bundler', () => {
  test('a Vite application shows a feed by the client, the element and React', async () => {
    const root = join(project, 'application');
    await mkdir(root, { recursive: true });
    await writeFile(join(root, 'index.html'), '<script type="module" src="./main.js"></script>');
    await writeFile(
      join(root, 'main.js'),
      `import { connect } from '@hubbub/client';
       // An import for its side effects: the bundler must not remove it.
       import '@hubbub/inbox';
       import { HubProvider, useCounts } from '@hubbub/react';
       import '@hubbub/react/inbox.css';
       import { createElement } from 'react';
       import { createRoot } from 'react-dom/client';

       const hubUrl = globalThis.hubUrl;
       ${showInPage}
       const bell = document.createElement('hubbub-inbox');
       bell.hub = hub;
       document.body.append(bell);
       function Unread() {
         return createElement('output', null, 'unread: ' + useCounts().unread);
       }
       const root = createRoot(document.querySelector('#react'));
       root.render(createElement(HubProvider, { hub }, createElement(Unread)));`,
    );
    const built = await viteBuild({ root, configFile: false, logLevel: 'error', build: { write: false } });
    const outputs = 'output' in built ? built.output : [];
    const script = outputs.find((each) => each.type === 'chunk' && each.isEntry);
    const page = await open(
      `<p id="feed"></p><div id="react"></div><script>globalThis.hubUrl = '${gateway.url}'</script>
       <script type="module" src="/main.js"></script>`,
      { '/main.js': script?.type === 'chunk' ? script.code : '' },
    );
    await page.getByText(expectedText.trim()).waitFor();
    await badgeOf(page).waitFor();
    await page.getByText('unread: 2').waitFor();
    await page.close();
  });

  test.each([
    ['@hubbub/client', ['socket.io-client'], ['lit', 'react', 'jose']],
    ['@hubbub/inbox', ['@hubbub/client', 'lit', 'socket.io-client'], ['react', 'jose']],
    ['@hubbub/inbox/engine', [], ['lit', 'react', 'jose']],
    ['@hubbub/react', ['@hubbub/client', '@hubbub/inbox', 'react'], ['lit', 'jose']],
    ['@hubbub/node', ['jose'], ['lit', 'react', 'socket.io-client', '@hubbub/client']],
  ])('%s includes %j and none of %j', async (entry, included, excluded) => {
    const { metafile } = await bundle({
      stdin: { contents: `export * from '${entry}'; import '${entry}';`, resolveDir: project },
      absWorkingDir: project,
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: entry === '@hubbub/node' ? 'node' : 'browser',
      logLevel: 'silent',
    });
    const of = (name: string) =>
      Object.keys(metafile.inputs).filter((path) => path.includes(`node_modules/${name}/`));
    for (const name of included) expect(of(name), name).not.toEqual([]);
    for (const name of excluded) expect(of(name), name).toEqual([]);
  });
});
