/** A page with only the element and a fake hub, with a strict Content-Security-Policy. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { until } from '../../support/until.ts';

const flags = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
];

const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; require-trusted-types-for 'script'; trusted-types lit-html 'allow-duplicates'";

export interface Setting {
  width?: number;
  height?: number;
  dark?: boolean;
  /** The element's attributes as HTML. */
  attributes?: string;
  /** The element's children. */
  slots?: string;
  html?: string;
  before?: string;
  after?: string;
  reducedMotion?: boolean;
  /** Replaces the element. */
  element?: string;
  /** A module that runs after the setup; `window.snippetDone` is set after it. */
  script?: string;
  css?: string;
}

export class Fixture {
  /** Public for tests that attach a hub to it. */
  readonly server: Server;
  #opened: Browser | undefined;
  #bundle = '';
  #document = '';
  #script = '';
  #css = '';
  /** Errors of the pages. */
  readonly consoleErrors: string[] = [];

  constructor() {
    this.server = createServer(({ url = '/' }, response) => {
      const path = url.split('?')[0] ?? '';
      const [type, body] = {
        '/page.js': ['text/javascript', this.#bundle],
        '/snippet.js': ['text/javascript', this.#script],
        '/page.css': ['text/css', basics + styles + this.#css],
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

  async open(executablePath = process.env.CHROMIUM_PATH || '/usr/bin/chromium'): Promise<void> {
    const bundle = await build({
      entryPoints: [join(import.meta.dirname, 'page.mjs')],
      bundle: true,
      write: false,
      format: 'esm',
      minify: true,
    });
    this.#bundle = bundle.outputFiles[0]?.text ?? '';
    this.#opened = await chromium.launch({ executablePath, args: flags });
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
  }

  /** Opens a page whose element uses `window.hub`. Also global: `feed`, `inbox`, `feedItem`, `range`, `events`. */
  async page(setting: Setting = {}): Promise<Page> {
    const {
      width = 1000,
      height = 800,
      dark = false,
      reducedMotion = false,
      attributes = '',
      slots = '',
    } = setting;
    const { html = 'lang="en"', before = '', after = '' } = setting;
    const { element = `<hubbub-inbox ${attributes}>${slots}</hubbub-inbox>`, script, css = '' } = setting;
    this.#css = css;
    this.#script = `${script}\nwindow.snippetDone = true;`;
    const also = script === undefined ? '' : '<script type="module" src="/snippet.js"></script>';
    this.#document = `<!doctype html><html ${html}><head><meta charset="utf-8"><title>Fixture</title><meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/page.css"><script type="module" src="/page.js"></script>${also}</head><body>${before}<main><h1>Fixture</h1>${element}</main>${after}</body></html>`;
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

const basics =
  'body{margin:0;padding:16px}@media(prefers-color-scheme:dark){body{background:#111;color:#eee}}';

/** Styles of boxes around the element. The policy forbids styles in the page itself. */
const styles = `
  .shell{height:100%;overflow:hidden}.shell body{box-sizing:border-box;height:100%;overflow:auto}
  .small main{transform:scale(.5);transform-origin:0 0}
  .boxed main{height:500px;overflow:auto}
  .tall{height:2000px}
  .corner{position:fixed}
  .top{top:10px}.bottom{bottom:10px}.left{left:10px}.right{right:10px}.middle{top:45%;left:45%}
  .themed{--hubbub-background:#fffaf0;--hubbub-accent:#006400;--hubbub-radius:0;--hubbub-avatar-size:48px;--hubbub-font:Georgia}
  .themed::part(title){text-transform:uppercase}
`;

/** The rendered items of the element. */
export const items = (page: Page): Locator => page.locator('hubbub-inbox .item');

/** The focused part of the element: an item's id, with ` mark` or ` name` for its parts, otherwise the first class or id. */
export const focused = (page: Page): Promise<string> =>
  page.evaluate(`(() => {
    const active = inbox.shadowRoot.activeElement;
    if (!active) return '';
    const item = active.closest('.item');
    if (!item) return active.classList[0] || active.id;
    return item.dataset.id + (item === active ? '' : ' ' + active.className);
  })()`);

/** Waits two frames for rendering. Returns the number of rendered items. */
export const renderedItemCount = (page: Page) =>
  page.evaluate(
    'inbox.updateComplete.then(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done()))))',
  );
