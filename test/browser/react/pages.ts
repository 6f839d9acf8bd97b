/** Pages with a React application (page/app.tsx), whose hub is a gateway in the test's hand. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { launchChromium } from '../../support/chromium.ts';
import { FakeGateway } from '../../unit/client-sdk/fake-gateway.ts';
import type { Setup } from './page/app.tsx';

/** What the browser says where the network is away. */
const network = /net::ERR_|WebSocket connection to/;

export interface Opening extends Partial<Setup> {
  /** What the server drew; default nothing. */
  html?: string;
  colorScheme?: 'light' | 'dark';
  width?: number;
  height?: number;
  /** Of the page. */
  dir?: 'ltr' | 'rtl';
  /** Beside the inbox's. */
  css?: string;
}

export class Pages {
  #opened: Browser | undefined;
  readonly #server: Server;
  /** By path. */
  readonly #files = new Map<string, { type: string; body: string }>();
  readonly #contexts: BrowserContext[] = [];
  readonly #gateways: FakeGateway[] = [];
  /** What pages complained about: React's warnings come as errors. */
  readonly complaints: string[] = [];

  private constructor() {
    this.#server = createServer(({ url }, response) => {
      const file = this.#files.get(url ?? '');
      if (!file) return void response.writeHead(url === '/favicon.ico' ? 204 : 404).end();
      response.writeHead(200, { 'content-type': `${file.type}; charset=utf-8` }).end(file.body);
    });
  }

  /** For the tests of a file: opened before the first; after each all is closed, and no page may have complained. */
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
    if (!this.#opened) throw new Error('no browser is open');
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
        // Strict mode mounts twice and React warns only where it is being developed with.
        define: { 'process.env.NODE_ENV': '"development"' },
        logLevel: 'silent',
      }),
      readFile(new URL('../../../client-sdk/react/inbox.css', import.meta.url), 'utf8'),
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

  /** A page whose hub is the gateway. Sockets may go to other origins, so it needs no permission. */
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
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      const isBad = message.type() === 'error' || message.type() === 'warning';
      if (isBad && !network.test(message.text())) this.complaints.push(message.text());
    });
    const { port } = this.#server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    return page;
  }

  /** Closes all that is open. Answers what pages complained about. */
  async clear(): Promise<string[]> {
    for (const context of this.#contexts.splice(0)) await context.close();
    for (const gateway of this.#gateways.splice(0)) await gateway.close();
    return this.complaints.splice(0);
  }

  async #close(): Promise<void> {
    await this.#opened?.close();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }
}

export const update = (page: Page, change: Partial<Setup>): Promise<void> =>
  page.evaluate(`update(${JSON.stringify(change)})`);

/** What an `<output>` of the application says. */
export async function said<T>(page: Page, id: string): Promise<T> {
  return JSON.parse((await page.locator(`#${id}`).textContent()) ?? 'null') as T;
}

export const drawn = (page: Page, name: string): Promise<number> =>
  page.evaluate(`probe.drawn[${JSON.stringify(name)}]`);
