/** The demo with its own services, and a real browser. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { createDemoGateway, type DemoGateway } from '../../demo/demo-gateway.ts';
import type { Counts } from '../../protocol/entities.ts';
import { createWorker, type WorkerProcess } from '../../workers/worker.ts';
import { Api } from '../support/http.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';
import { serviceToken } from '../support/tokens.ts';

const flags = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-background-networking',
  '--no-first-run',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
];

export interface Look {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
  /** Another origin, such as that of a link that can be cut. Default: the gateway's. */
  origin?: string;
}

const defaultLook: Look = { width: 1280, height: 860, colorScheme: 'light' };

export class DemoFixture {
  readonly url: string;
  readonly #services: TestServices;
  readonly #gateway: DemoGateway;
  readonly #worker: WorkerProcess;
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  /** Errors of the pages, except images that cannot load. */
  readonly consoleErrors: string[] = [];

  private constructor(
    url: string,
    services: TestServices,
    gateway: DemoGateway,
    worker: WorkerProcess,
    browser: Browser,
  ) {
    this.url = url;
    this.#services = services;
    this.#gateway = gateway;
    this.#worker = worker;
    this.#browser = browser;
  }

  static async open(): Promise<DemoFixture> {
    const services = await isolatedServices();
    const gateway = await createDemoGateway(services.config, {});
    const worker = createWorker(services.config);
    const [{ url }, browser] = await Promise.all([
      gateway.listen(),
      chromium.launch({ executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium', args: flags }),
      worker.start(),
    ]);
    await gateway.ready();
    return new DemoFixture(url, services, gateway, worker, browser);
  }

  /** An API client with a service token. */
  async service(): Promise<Api> {
    return new Api(this.url, await serviceToken());
  }

  /** The hub's number of unread items. */
  async unreadOf(user: string): Promise<number> {
    const api = await this.service();
    return (await api.get<Counts>(`/v1/users/${user}/feed/counts`)).body.unread;
  }

  /** Opens the page with two users. Both feeds are loaded and live. */
  async pageOf(
    user: string,
    look: Partial<Look> = {},
    beside = user === 'grace' ? 'ada' : 'grace',
  ): Promise<Page> {
    const page = await this.page(`/#as=${user}&with=${beside}`, look);
    for (const side of ['#first', '#second']) {
      await page.locator(`${side} .live[data-state="online"]`).waitFor({ state: 'attached' });
      const inbox = page.locator(`${side} hubbub-inbox`);
      const loadedInbox = inbox.locator('[role="feed"][aria-busy="false"], [part="empty"]');
      await loadedInbox.first().waitFor({ state: 'attached' });
    }
    await page.locator('#timeline-state[data-state="ready"]').waitFor({ state: 'attached' });
    return page;
  }

  /** Opens a page of the gateway; `path` begins with a slash. */
  async page(path: string, look: Partial<Look> = {}): Promise<Page> {
    const { width, height, colorScheme, origin = this.url } = { ...defaultLook, ...look };
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme,
      locale: 'en-GB',
    });
    this.#contexts.push(context);
    // Tests must not depend on images from other sites.
    await context.route(
      (address) => address.origin !== origin,
      (route) => route.abort(),
    );
    const page = await context.newPage();
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_FAILED')) {
        this.consoleErrors.push(message.text());
      }
    });
    await page.goto(origin + path);
    return page;
  }

  async closePages(): Promise<void> {
    for (const context of this.#contexts.splice(0)) await context.close();
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#worker.close();
    await this.#gateway.close();
    await this.#services.remove();
  }
}
