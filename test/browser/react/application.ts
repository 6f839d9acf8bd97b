/** Runs a copied React application with the hub of `npm start`, in a real browser. */
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
import { StartedHub } from '../../support/started-hub.ts';
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
  /** Errors of the pages. */
  readonly complaints: string[] = [];

  private constructor(url: string, hub: StartedHub, browser: Browser) {
    this.url = url;
    this.#hub = hub;
    this.#browser = browser;
  }

  /** Builds and starts the application. The caller removes its folder. */
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

  /** Opens a page in its own browser profile. */
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

  /** The hub's number of unread items. Pages may be ahead of it for a moment. */
  async unreadOf(user: string): Promise<number> {
    const api = new Api(this.#hub.url, await serviceToken());
    return (await api.get<Counts>(`/v1/users/${user}/feed/counts`)).body.unread;
  }

  /** The number of actions with this verb among the first twenty about an object. */
  async actionsOf(object: string, verb: string): Promise<number> {
    const api = new Api(this.#hub.url, await serviceToken());
    const { body } = await api.get<List<Action>>(`/v1/objects/${object}/actions?verb=${verb}`);
    return body.items.length;
  }

  /** Closes all pages. Returns their errors. */
  async clear(): Promise<string[]> {
    for (const context of this.#browser.contexts()) await context.close();
    return this.complaints.splice(0);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#hub.close();
  }
}

/** Does the same as its `npm run build`, with this project's tools. */
async function buildPages(folder: string): Promise<void> {
  for (const tool of ['vite', '@vitejs/plugin-react']) {
    const place = join(folder, 'node_modules', tool);
    await mkdir(dirname(place), { recursive: true });
    await symlink(join(process.cwd(), 'node_modules', tool), place);
  }
  const vite = join(folder, 'node_modules/vite/bin/vite.js');
  // The test environment's NODE_ENV must not affect the build.
  await succeed(process.execPath, [vite, 'build'], { cwd: folder, env: { NODE_ENV: 'production' } });
}
