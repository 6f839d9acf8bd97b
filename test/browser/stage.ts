/** The demo on a real stack of its own, and real browsers that look at it. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { createDemoGateway, type DemoGateway } from '../../demo/demo-gateway.ts';
import type { Counts } from '../../protocol/entities.ts';
import { createWorker, type WorkerProcess } from '../../workers/worker.ts';
import { Api } from '../support/http.ts';
import { ownServices, type TestServices } from '../support/services.ts';
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
  /** Another way to the gateway, such as a line that can be cut. Default: the gateway's own address. */
  origin?: string;
}

const usual: Look = { width: 1280, height: 860, colorScheme: 'light' };

export class Stage {
  readonly url: string;
  readonly #services: TestServices;
  readonly #gateway: DemoGateway;
  readonly #worker: WorkerProcess;
  readonly #browser: Browser;
  readonly #contexts: BrowserContext[] = [];
  /** What a page complained about; pictures that cannot load are no complaint. */
  readonly complaints: string[] = [];

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

  static async open(): Promise<Stage> {
    const services = await ownServices();
    const gateway = await createDemoGateway(services.config, {});
    const worker = createWorker(services.config);
    const [{ url }, browser] = await Promise.all([
      gateway.listen(),
      chromium.launch({ executablePath: process.env.CHROMIUM_PATH || '/usr/bin/chromium', args: flags }),
      worker.start(),
    ]);
    await gateway.ready();
    return new Stage(url, services, gateway, worker, browser);
  }

  /** Another program that uses the hub. */
  async service(): Promise<Api> {
    return new Api(this.url, await serviceToken());
  }

  /** How many items are unread, as the hub has it. */
  async unreadOf(user: string): Promise<number> {
    const api = await this.service();
    return (await api.get<Counts>(`/v1/users/${user}/feed/counts`)).body.unread;
  }

  /** A page of someone's, beside somebody else, with both feeds loaded and live. */
  async pageOf(
    user: string,
    look: Partial<Look> = {},
    beside = user === 'grace' ? 'ada' : 'grace',
  ): Promise<Page> {
    const page = await this.page(`/#as=${user}&with=${beside}`, look);
    for (const side of ['#first', '#second']) {
      await page.locator(`${side} .live[data-state="online"]`).waitFor({ state: 'attached' });
      const inbox = page.locator(`${side} hubbub-inbox`);
      const settled = inbox.locator('[role="feed"][aria-busy="false"], [part="empty"]');
      await settled.first().waitFor({ state: 'attached' });
    }
    await page.locator('#timeline-state[data-state="ready"]').waitFor({ state: 'attached' });
    return page;
  }

  /** A page of the gateway; `path` begins with a slash. */
  async page(path: string, look: Partial<Look> = {}): Promise<Page> {
    const { width, height, colorScheme, origin = this.url } = { ...usual, ...look };
    const context = await this.#browser.newContext({
      viewport: { width, height },
      colorScheme,
      locale: 'en-GB',
    });
    this.#contexts.push(context);
    // No test may depend on pictures from elsewhere.
    await context.route(
      (address) => address.origin !== origin,
      (route) => route.abort(),
    );
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' && !message.text().includes('ERR_FAILED')) {
        this.complaints.push(message.text());
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
