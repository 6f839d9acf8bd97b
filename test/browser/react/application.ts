/** A React application as somebody who copied it runs it, against the hub as `npm start` runs it, in a real browser. */
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { tryPort } from '../../../dev/ports.ts';
import type { Action, Counts, Page as List } from '../../../protocol/entities.ts';
import { launchChromium } from '../../support/chromium.ts';
import { succeed } from '../../support/command.ts';
import type { Example } from '../../support/example.ts';
import { Api } from '../../support/http.ts';
import { SECRET } from '../../support/services.ts';
import { StartedHub } from '../../support/started.ts';
import { serviceToken } from '../../support/tokens.ts';

export interface Look {
  width?: number;
  height?: number;
  colorScheme?: 'light' | 'dark';
}

export class Application {
  readonly url: string;
  readonly #hub: StartedHub;
  readonly #browser: Browser;
  /** What pages complained about. */
  readonly complaints: string[] = [];

  private constructor(url: string, hub: StartedHub, browser: Browser) {
    this.url = url;
    this.#hub = hub;
    this.#browser = browser;
  }

  /** Builds and starts it. The example is removed by whoever installed it. */
  static async start(example: Example): Promise<Application> {
    await buildPages(example.folder);
    const port = (await tryPort(0)) ?? 0;
    const [hub, browser] = await Promise.all([
      StartedHub.open({ HUBBUB_CORS_ORIGIN: `http://localhost:${port}` }),
      launchChromium(),
    ]);
    const env = { PORT: String(port), HUBBUB_URL: hub.url, HUBBUB_JWT_SECRET: SECRET };
    return new Application(await example.start(env), hub, browser);
  }

  /** A page in a browser profile of its own. */
  async page(path: string, { width = 1280, height = 860, colorScheme = 'light' }: Look = {}): Promise<Page> {
    const viewport = { width, height };
    const context = await this.#browser.newContext({ viewport, colorScheme, locale: 'en-GB' });
    const page = await context.newPage();
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) this.complaints.push(message.text());
    });
    await page.goto(this.url + path);
    return page;
  }

  /** How many are unread, as the hub knows it: pages show what it will know in a moment. */
  async unreadOf(user: string): Promise<number> {
    const api = new Api(this.#hub.url, await serviceToken());
    return (await api.get<Counts>(`/v1/users/${user}/feed/counts`)).body.unread;
  }

  /** How many actions about an object have this verb, of the first twenty. */
  async actionsOf(object: string, verb: string): Promise<number> {
    const api = new Api(this.#hub.url, await serviceToken());
    const { body } = await api.get<List<Action>>(`/v1/objects/${object}/actions?verb=${verb}`);
    return body.items.length;
  }

  /** Closes all pages; answers what they complained about. */
  async clear(): Promise<string[]> {
    for (const context of this.#browser.contexts()) await context.close();
    return this.complaints.splice(0);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#hub.close();
  }
}

/** What `npm run build` there does, with the project's own tools. */
async function buildPages(folder: string): Promise<void> {
  for (const tool of ['vite', '@vitejs/plugin-react']) {
    const place = join(folder, 'node_modules', tool);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules', tool), place);
  }
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  // What is tested with is not what is built for.
  await succeed(process.execPath, [vite, 'build'], { cwd: folder, env: { NODE_ENV: 'production' } });
}
