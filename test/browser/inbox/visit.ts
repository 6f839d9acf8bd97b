import { isDeepStrictEqual } from 'node:util';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { FeedSnapshot } from '../../../client-sdk/src/index.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { Line } from '../../support/line.ts';
import { until } from '../../support/until.ts';
import type { Drawn } from './document.ts';
import { marksOf, type Truth } from './truth.ts';

export interface Look {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
}

/** What the browser says of every request that failed; pages that are cut off cannot help that. */
const network = /net::ERR_|WebSocket connection to|status of 503|^\[hubbub\] No connection/;

const online = `probe.hub.connection.getSnapshot() === 'online'`;

/** One page of a user's, with a way to the hub and a browser profile of its own. */
export class Visit {
  readonly user: string;
  readonly page: Page;
  readonly line: Line;
  /** What the page complained about, its policy's refusals among it. */
  readonly complaints: string[] = [];
  /** See `intercept`. */
  readonly refusals: Array<() => void> = [];
  readonly #context: BrowserContext;
  readonly #drawn: Drawn;

  private constructor(context: BrowserContext, page: Page, line: Line, drawn: Drawn) {
    this.#context = context;
    this.page = page;
    this.line = line;
    this.user = drawn.user;
    this.#drawn = drawn;
    page.on('pageerror', (error) => this.complaints.push(error.message));
    page.on('console', (message) => {
      const bad = message.type() === 'error' || message.type() === 'warning';
      if (bad && !network.test(message.text())) this.complaints.push(message.text());
    });
  }

  static async prepare(
    browser: Browser,
    line: Line,
    user: string,
    { width = 1024, height = 768, colorScheme = 'light', ...drawn }: Partial<Drawn & Look>,
  ): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB' });
    return new Visit(context, await context.newPage(), line, { hub: line.url, ...drawn, user });
  }

  async open(application: string): Promise<void> {
    const asked = Object.entries(this.#drawn).map(([name, value]): [string, string] => [name, String(value)]);
    await this.page.goto(`${application}/?${new URLSearchParams(asked)}`);
    await this.until('globalThis.probe !== undefined');
  }

  /** An expression over `probe` (page/probe.ts). */
  ask<T>(expression: string): Promise<T> {
    return this.page.evaluate<T>(expression);
  }

  /** Becomes true. Not Playwright's way to wait, which the page's policy refuses. */
  async until(expression: string): Promise<void> {
    await until(() => this.ask<boolean>(expression), `"${expression}" for ${this.user}`);
  }

  snapshot(): Promise<FeedSnapshot> {
    return this.ask('probe.snapshot()');
  }

  /** What the page has of the feed, to hold against the truth. */
  async state(): Promise<Truth> {
    const { items, counts } = await this.snapshot();
    return { items: marksOf(items), counts };
  }

  async isLive(): Promise<void> {
    await this.until(
      this.#drawn.connects ? 'probe.items().length > 0' : `${online} && probe.snapshot().status === 'ready'`,
    );
  }

  /** The number on the badge becomes `badge`, "0" being none. */
  async showsBadge(badge: number | string): Promise<void> {
    await until(async () => {
      const shown = await this.ask<string>('probe.badge()');
      if (shown !== String(badge)) throw new Error(`it is ${shown}`);
      return true;
    }, `a badge of ${badge} for ${this.user}`);
  }

  /** The page holds exactly this. */
  async equals(truth: () => Promise<Truth>): Promise<void> {
    await until(async () => {
      const [has, should] = await Promise.all([this.state(), truth()]);
      const differs = should.items.findIndex((item, n) => !isDeepStrictEqual(item, has.items[n]));
      if (isDeepStrictEqual(has, should)) return true;
      const [is, shall] = [has, should].map(({ counts, items }) =>
        JSON.stringify([counts, items.length, items[differs]]),
      );
      throw new Error(`from item ${differs} on: ${is}, but it should be ${shall}`);
    }, `the page of ${this.user} holds what a fresh load has`);
  }

  /** The hub knows that all was seen, and the page that it knows. */
  async hasSeen(truth: () => Promise<Truth>): Promise<void> {
    await until(async () => (await truth()).counts.unseen === 0, `${this.user} has seen all`);
    // Requests take turns: this one, which asks for nothing where there is no more, waits for the mark's answer.
    await this.ask('probe.hub.feed.loadMore()');
  }

  /** The item that says so, where there is one that is read or unread as wanted. */
  item(text: string, wanted: { unread?: boolean } = {}): Locator {
    const state = wanted.unread === undefined ? '' : wanted.unread ? '.unread' : ':not(.unread)';
    return this.page.locator(`hubbub-inbox .item${state}`, { hasText: text });
  }

  button(name: string | RegExp): Locator {
    return this.page.locator('hubbub-inbox').getByRole('button', { name });
  }

  /** The line that says what is wrong. */
  get notice(): Locator {
    return this.page.locator('hubbub-inbox .notice');
  }

  async openBell(): Promise<void> {
    await this.button(/^Notifications/).click();
    await this.page.locator('hubbub-inbox [role="tablist"]').waitFor();
  }

  /**
   * From now on calls of `event` do not reach the hub: each one waits in `refusals` until the test calls it, and is then
   * refused. To be called before the page opens.
   */
  async intercept(event: string): Promise<void> {
    await this.page.routeWebSocket(/socket\.io/, (page) => {
      const hub = page.connectToServer();
      hub.onMessage((message) => page.send(message));
      page.onMessage((message) => {
        // A call in Socket.IO's wire format: its number, its event, its payload.
        const [, number, called] = /^42(\d+)\["([^"]+)"/.exec(String(message)) ?? [];
        if (called !== event) return hub.send(message);
        const error: ErrorBody = { code: 'forbidden', message: 'not today', retryable: false };
        this.refusals.push(() => page.send(`43${number}${JSON.stringify([{ ok: false, error }])}`));
      });
    });
  }

  /** The page logs what its user did, one call after the other; the ids come into `logged` as they are answered. */
  async logs(...verbs: string[]): Promise<void> {
    await this.page.evaluate(
      `globalThis.logged = [];
       for (const verb of ${JSON.stringify(verbs)}) {
         void probe.hub.log({ actor: 'user:${this.user}', verb, groupingDelay: -1 }).then(({ ids }) => logged.push(...ids));
       }`,
    );
  }

  /** The network goes as it goes for a laptop: connections break and the browser says that it is offline. */
  async goOffline(): Promise<void> {
    await this.#context.setOffline(true);
    this.line.cut();
  }

  async comeBack(): Promise<void> {
    this.line.mend();
    await this.#context.setOffline(false);
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.line.close();
  }
}
