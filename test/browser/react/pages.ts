/** Pages with a React application (page/app.tsx) and a fake gateway. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from '../../support/chromium.ts';
import { FakeGateway } from '../../unit/client-sdk-client/fake-gateway.ts';
import type { Setup } from './page/app.tsx';

/** Errors of the browser when the network is unavailable. */
const network = /net::ERR_|WebSocket connection to/;

export interface Opening extends Partial<Setup> {
  /** Server-rendered HTML; default none. */
  html?: string;
  colorScheme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** The direction of the page. */
  dir?: 'ltr' | 'rtl';
  /** Additional styles. */
  css?: string;
}

export class Pages {
  #opened: Browser | undefined;
  readonly #server: Server;
  /** By path. */
  readonly #files = new Map<string, { type: string; body: string }>();
  readonly #contexts: BrowserContext[] = [];
  readonly #gateways: FakeGateway[] = [];
  /** Errors and warnings of the pages: React logs its warnings as errors. */
  readonly consoleErrors: string[] = [];

  private constructor() {
    this.#server = createServer(({ url }, response) => {
      const file = this.#files.get(url ?? '');
      if (!file) return void response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.body);
    });
  }

  /** Opens a browser for the tests of a file. After each test it closes all pages and expects no errors. */
  static ofTests(): Pages {
    const pages = new Pages();
    beforeAll(() => pages.#open());
    afterEach(async () => {
      expect(await pages.clear()).toEqual([]);
    });
    afterAll(() => pages.#close());
    return pages;
  }

  get #browser(): Browser {
    if (!this.#opened) throw new Error('the browser is not open');
    return this.#opened;
  }

  async #open(): Promise<void> {
    const [browser, bundle, style] = await Promise.all([
      launchChromium(),
      build({
        entryPoints: [fileURLToPath(new URL('./page/main.tsx', import.meta.url))],
        bundle: true,
        write: false,
        format: 'iife',
        jsx: 'automatic',
        // React's strict mode and warnings work only in development.
        define: { 'process.env.NODE_ENV': '"development"' },
        logLevel: 'silent',
      }),
      readFile(new URL('../../../client-sdk/inbox/inbox.css', import.meta.url), 'utf8'),
    ]);
    this.#opened = browser;
    this.#files.set('/page.js', { type: 'text/javascript', body: bundle.outputFiles[0]?.text ?? '' });
    const body = `body { margin: 0; padding: 8px; } .right { float: right; } ${style}`;
    this.#files.set('/page.css', { type: 'text/css', body });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  async gateway(): Promise<FakeGateway> {
    const gateway = await new FakeGateway().listen();
    this.#gateways.push(gateway);
    return gateway;
  }

  /** Opens a page with this gateway. WebSockets may use other origins, so it needs no CORS. */
  async page(
    gateway: FakeGateway,
    {
      html = '',
      colorScheme = 'light',
      width = 1000,
      height = 800,
      dir = 'ltr',
      css = '',
      ...begin
    }: Opening = {},
  ): Promise<Page> {
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme,
      locale: 'en-GB',
    });
    this.#contexts.push(context);
    const setup = JSON.stringify({ url: gateway.url, ...begin });
    this.#files.set('/', {
      type: 'text/html',
      body: `<!doctype html><html lang="en" dir="${dir}"><head><title>A page</title><link rel="stylesheet" href="/page.css">
        <link rel="icon" href="data:,"><style>${css}</style></head><body><main><h1>A page</h1><div id="root">${html}</div></main>
        <script>var begin = ${setup}</script><script src="/page.js"></script></body></html>`,
    });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
    page.on('console', (message) => {
      const isBad = message.type() === 'error' || message.type() === 'warning';
      if (isBad && !network.test(message.text())) this.consoleErrors.push(message.text());
    });
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    return page;
  }

  /** Closes everything. Returns the errors of the pages. */
  async clear(): Promise<string[]> {
    for (const context of this.#contexts.splice(0)) await context.close();
    for (const gateway of this.#gateways.splice(0)) await gateway.close();
    return this.consoleErrors.splice(0);
  }

  async #close(): Promise<void> {
    await this.#opened?.close();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

export const update = (page: Page, change: Partial<Setup>): Promise<void> =>
  page.evaluate(`update(${JSON.stringify(change)})`);

/** The JSON value of an `<output>` of the application. */
export async function outputOf<T>(page: Page, id: string): Promise<T> {
  return JSON.parse((await page.locator(`#${id}`).textContent()) ?? 'null') as T;
}

export const renderCount = (page: Page, name: string): Promise<number> =>
  page.evaluate(`probe.renders[${JSON.stringify(name)}]`);
