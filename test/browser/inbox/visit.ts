import { isDeepStrictEqual } from 'node:util';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import type { FeedSnapshot } from '../../../client-sdk/client/src/index.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import type { PageLink } from '../../support/page-link.ts';
import { until } from '../../support/until.ts';
import type { PageOptions } from './document.ts';
import { marksOf, type ServerState } from './server-state.ts';

export interface Look {
  width: number;
  height: number;
  colorScheme: 'light' | 'dark';
}

/** The browser's own errors for failed requests, which offline pages cannot avoid. */
const network = /net::ERR_|WebSocket connection to|status of 503|^\[hubbub\] No connection/;

const online = `probe.hub.connection.getSnapshot() === 'online'`;

/** A page of a user, with its own link to the hub and its own browser profile. */
export class Visit {
  readonly user: string;
  readonly page: Page;
  readonly link: PageLink;
  /** Console errors of the page, including policy violations. */
  readonly consoleErrors: string[] = [];
  /** See `intercept`. */
  readonly pendingRefusals: Array<() => void> = [];
  readonly #context: BrowserContext;
  readonly #options: PageOptions;

  private constructor(context: BrowserContext, page: Page, link: PageLink, options: PageOptions) {
    this.#context = context;
    this.page = page;
    this.link = link;
    this.user = options.user;
    this.#options = options;
    page.on('pageerror', (error) => this.consoleErrors.push(error.message));
    page.on('console', (message) => {
      const bad = message.type() === 'error' || message.type() === 'warning';
      if (bad && !network.test(message.text())) this.consoleErrors.push(message.text());
    });
  }

  static async prepare(
    browser: Browser,
    link: PageLink,
    user: string,
    { width = 1024, height = 768, colorScheme = 'light', ...options }: Partial<PageOptions & Look>,
  ): Promise<Visit> {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme, locale: 'en-GB' });
    return new Visit(context, await context.newPage(), link, { hub: link.url, ...options, user });
  }

  async open(application: string): Promise<void> {
    const options = Object.entries(this.#options).map(([name, value]): [string, string] => [
      name,
      String(value),
    ]);
    await this.page.goto(`${application}/?${new URLSearchParams(options)}`);
    await this.until('globalThis.probe !== undefined');
  }

  /** Evaluates an expression with `probe` (page/probe.ts). */
  evaluate<T>(expression: string): Promise<T> {
    return this.page.evaluate<T>(expression);
  }

  /** Waits until the expression is true. Playwright's own wait violates the page's policy. */
  async until(expression: string): Promise<void> {
    await until(() => this.evaluate<boolean>(expression), `"${expression}" for ${this.user}`);
  }

  snapshot(): Promise<FeedSnapshot> {
    return this.evaluate('probe.snapshot()');
  }

  /** The feed in the page, to compare with the server's state. */
  async state(): Promise<ServerState> {
    const { items, counts } = await this.snapshot();
    return { items: marksOf(items), counts };
  }

  async isLive(): Promise<void> {
    await this.until(
      this.#options.connects
        ? 'probe.items().length > 0'
        : `${online} && probe.snapshot().status === 'ready'`,
    );
  }

  /** Waits until the badge is `badge`; "0" means no badge. */
  async showsBadge(badge: number | string): Promise<void> {
    await until(async () => {
      const shown = await this.evaluate<string>('probe.badge()');
      if (shown !== String(badge)) throw new Error(`it is ${shown}`);
      return true;
    }, `a badge of ${badge} for ${this.user}`);
  }

  /** Waits until the page equals the server's state. */
  async expectMatches(serverState: () => Promise<ServerState>): Promise<void> {
    await until(async () => {
      const [actual, expected] = await Promise.all([this.state(), serverState()]);
      const firstDifference = expected.items.findIndex(
        (item, n) => !isDeepStrictEqual(item, actual.items[n]),
      );
      if (isDeepStrictEqual(actual, expected)) return true;
      const [actualText, expectedText] = [actual, expected].map(({ counts, items }) =>
        JSON.stringify([counts, items.length, items[firstDifference]]),
      );
      throw new Error(`from item ${firstDifference} on: ${actualText}, but it should be ${expectedText}`);
    }, `the page of ${this.user} holds what a fresh load has`);
  }

  /** Waits until the hub has marked all as seen, and the page has the confirmation. */
  async expectMarksMatch(serverState: () => Promise<ServerState>): Promise<void> {
    await until(async () => (await serverState()).counts.unseen === 0, `${this.user} has seen all`);
    // Requests are sequential: this one waits for the mark's response. It loads nothing if there is no more.
    await this.evaluate('probe.hub.feed.loadMore()');
  }

  /** The item with this text, optionally only if it is read or unread. */
  item(text: string, filter: { unread?: boolean } = {}): Locator {
    const state =
      filter.unread === undefined
        ? ''
        : filter.unread
          ? '.hubbub-inbox__item--unread'
          : ':not(.hubbub-inbox__item--unread)';
    return this.page.locator(`.hubbub-inbox__item${state}`, { hasText: text });
  }

  button(name: string | RegExp): Locator {
    return this.page.locator('hubbub-inbox').getByRole('button', { name });
  }

  /** The notice. */
  get notice(): Locator {
    return this.page.locator('hubbub-inbox [part~=notice]');
  }

  async openBell(): Promise<void> {
    await this.page.locator('hubbub-inbox .hubbub-inbox__bell').click();
    await this.page.locator('hubbub-inbox [role="tablist"]').waitFor();
  }

  /**
   * From now on calls of `event` do not reach the hub. Each one waits in `pendingRefusals` until the test calls that function,
   * which refuses it. Call this before the page opens.
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
        this.pendingRefusals.push(() => page.send(`43${number}${JSON.stringify([{ ok: false, error }])}`));
      });
    });
  }

  /** The page logs actions of its user, one call after another. Their ids are added to `logged` with each response. */
  async logs(...verbs: string[]): Promise<void> {
    await this.page.evaluate(
      `globalThis.logged = [];
       for (const verb of ${JSON.stringify(verbs)}) {
         void probe.hub.log({ actor: 'user:${this.user}', verb, groupingDelay: -1 }).then(({ ids }) => logged.push(...ids));
       }`,
    );
  }

  /** Simulates a lost network: connections break, and the browser reports that it is offline. */
  async goOffline(): Promise<void> {
    await this.#context.setOffline(true);
    this.link.cut();
  }

  async comeBack(): Promise<void> {
    this.link.restore();
    await this.#context.setOffline(false);
  }

  async close(): Promise<void> {
    await this.#context.close();
    this.link.close();
  }
}
