/** A page with only an inbox and a fake hub, with a strict Content-Security-Policy. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Browser, Locator, Page } from 'playwright-core';
import { launchChromium } from '../../support/chromium.ts';
import { until } from '../../support/until.ts';

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types lit-html 'allow-duplicates'";

export const renderers = ['element', 'react'] as const;
export type Renderer = (typeof renderers)[number];

const entries: Record<Renderer, string> = { element: 'page-element.ts', react: 'page-react.tsx' };

export interface Setting {
  width?: number;
  height?: number;
  dark?: boolean;
  /** The attributes as HTML: `layout`, `open`, `theme`, and those of the box, like `class`. */
  attributes?: string;
  /** The element's children. */
  slots?: string;
  html?: string;
  before?: string;
  after?: string;
  reducedMotion?: boolean;
  /** Replaces the element. */
  element?: string;
  /** Attributes of a second inbox. Global `second`. */
  second?: string;
  /** A module that runs after the setup; `window.snippetDone` is set after it. */
  script?: string;
  css?: string;
}

export class Fixture {
  readonly renderer: Renderer;
  /** Public for tests that attach a hub to it. */
  readonly server: Server;
  #opened: Browser | undefined;
  #bundle = '';
  #document = '';
  #script = '';
  #css = '';
  #sheet = '';
  /** Errors of the pages. React logs its warnings as errors. */
  readonly consoleErrors: string[] = [];

  constructor(renderer: Renderer) {
    this.renderer = renderer;
    this.server = createServer(({ url = '/' }, response) => {
      const path = url.split('?')[0] ?? '';
      const [type, body] = {
        '/page.js': ['text/javascript', this.#bundle],
        '/snippet.js': ['text/javascript', this.#script],
        '/page.css': ['text/css', this.#sheet + styles + this.#css],
      }[path] ?? ['text/html', this.#document];
      response.writeHead(200, {
        'content-type': `${type}; charset=utf-8`,
        'content-security-policy': policy,
      });
      response.end(body);
    });
  }

  get #browser(): Browser {
    if (!this.#opened) throw new Error('no browser is open');
    return this.#opened;
  }

  /** `executablePath`: the browser; by default the one that `npm test` found. */
  async open(executablePath?: string): Promise<void> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, entries[this.renderer])],
      bundle: true,
      write: false,
      format: 'esm',
      jsx: 'automatic',
      // React's strict mode and warnings work only in development.
      define: { 'process.env.NODE_ENV': '"development"' },
    });
    this.#bundle = bundle.outputFiles[0]?.text ?? '';
    // The element has its own copy.
    const sheet = new URL('../../../client-sdk/inbox/inbox.css', import.meta.url);
    if (this.renderer === 'react') this.#sheet = await readFile(sheet, 'utf8');
    this.#opened = await launchChromium(executablePath);
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
  }

  /** Opens a page with an inbox that uses `hub`. The globals are in page-setup.ts. */
  async page(setting: Setting = {}): Promise<Page> {
    const { width = 1000, height = 800, dark = false, reducedMotion = false } = setting;
    const { html = 'lang="en"', before = '', after = '', attributes = '', slots = '', second } = setting;
    const tag = (more: string, children = '') =>
      this.renderer === 'element'
        ? `<hubbub-inbox ${more}>${children}</hubbub-inbox>`
        : `<div ${more.includes('class="') ? more.replace('class="', 'class="inbox ') : `class="inbox" ${more}`}></div>`;
    const also = second === undefined ? '' : tag(`id="second" ${second}`);
    const { element = tag(attributes, slots) + also, script, css = '' } = setting;
    this.#css = css;
    this.#script = `${script}\nwindow.snippetDone = true;`;
    const snippet = script === undefined ? '' : '<script type="module" src="/snippet.js"></script>';
    this.#document = `<!doctype html><html ${html}><head><meta charset="utf-8"><title>Fixture</title><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script>${snippet}</head><body>${before}<main><h1>Fixture</h1>${element}</main>${after}</body></html>`;
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme: dark ? 'dark' : 'light',
      reducedMotion: reducedMotion ? 'reduce' : 'no-preference',
      locale: 'en-GB',
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.consoleErrors.push(message.text());
    });
    await page.goto(this.url);
    await until(() => page.evaluate('window.ready === true'));
    return page;
  }

  async closePages(): Promise<void> {
    for (const context of this.#browser.contexts()) await context.close();
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  async close(): Promise<void> {
    await this.#opened?.close();
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }
}

/** Styles of the page. The policy forbids styles in the page itself. */
const styles = `
  body{margin:0;padding:16px}
  @media(prefers-color-scheme:dark){body{background:#111;color:#eee}}
  .shell{height:100%;overflow:hidden}.shell body{box-sizing:border-box;height:100%;overflow:auto}
  .small main{transform:scale(.5);transform-origin:0 0}
  .boxed main{height:500px;overflow:auto}
  .tall{height:2000px}
  .corner{position:fixed}
  .top{top:10px}.bottom{bottom:10px}.left{left:10px}.right{right:10px}.middle{top:45%;left:45%}
  .themed{--hubbub-background:#fffaf0;--hubbub-accent:#006400;--hubbub-radius:0;--hubbub-avatar-size:48px;--hubbub-font:Georgia}
  .themed::part(title){text-transform:uppercase}
`;

/** The rendered items. */
export const items = (page: Page): Locator => page.locator('.hubbub-inbox__item');
export const bell = (page: Page): Locator => page.locator('.hubbub-inbox__bell');
export const panel = (page: Page): Locator => page.locator('.hubbub-inbox__panel');
export const isHidden = (locator: Locator): Promise<void> => locator.waitFor({ state: 'hidden' });

/**
 * The focused part of the inbox: an item's id, with ` mark` or ` name` for its parts, otherwise the name of a tab or of a
 * class.
 */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const active = root.getRootNode().activeElement;
    if (!active || !root.contains(active)) return '';
    const name = /hubbub-inbox__([a-z-]+)/.exec(active.className)?.[1] ?? '';
    const item = active.closest('.hubbub-inbox__item');
    if (item) return item.dataset.id + (item === active ? '' : ' ' + name);
    return active.dataset.tab ?? name;
  })()`);

/** Waits two frames for rendering. */
export const rendered = (page: Page) =>
  page.evaluate(
    'inbox.updateComplete.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))',
  );

export const requestsOf = (page: Page): Promise<string[]> => page.evaluate('feed.requests');
