/**
 * A real hub, an application with the inbox on its pages, and a browser. The pages use one gateway, which tests can restart.
 * Other calls, and the reads of the server's state, use another gateway.
 */
import type { Browser } from 'playwright-core';
import { itemId } from '../../../core/model/keys.ts';
import type { ActionInput, Counts, FeedPage, LogAnswer, Ref } from '../../../protocol/entities.ts';
import { createGateway, type Gateway } from '../../../server/gateway.ts';
import { createWorker, type WorkerProcess } from '../../../workers/worker.ts';
import { launchChromium } from '../../support/chromium.ts';
import { Api } from '../../support/http.ts';
import { PageLink } from '../../support/page-link.ts';
import { isolatedServices, type TestServices } from '../../support/services.ts';
import { serviceToken } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';
import { Application } from './application.ts';
import type { PageOptions } from './document.ts';
import { marksOf, type ServerState } from './server-state.ts';
import { type Look, Visit } from './visit.ts';

export class InboxFixture {
  readonly application: Application;
  readonly #services: TestServices;
  readonly #worker: WorkerProcess;
  readonly #otherGateway: Gateway;
  readonly #browser: Browser;
  readonly #api: Api;
  readonly #port: number;
  #gateway: Gateway;
  #visits: Visit[] = [];

  private constructor(parts: {
    application: Application;
    services: TestServices;
    worker: WorkerProcess;
    gateway: Gateway;
    otherGateway: Gateway;
    browser: Browser;
    api: Api;
    port: number;
  }) {
    this.application = parts.application;
    this.#services = parts.services;
    this.#worker = parts.worker;
    this.#otherGateway = parts.otherGateway;
    this.#gateway = parts.gateway;
    this.#browser = parts.browser;
    this.#api = parts.api;
    this.#port = parts.port;
  }

  static async open(): Promise<InboxFixture> {
    const application = await Application.open();
    const services = await isolatedServices({ HUBBUB_CORS_ORIGIN: application.url });
    const [gateway, otherGateway] = [createGateway(services.config), createGateway(services.config)];
    const worker = createWorker(services.config);
    const [browser, { port }, { url }] = await Promise.all([
      launchChromium(),
      gateway.listen(),
      otherGateway.listen(),
      worker.start(),
    ]);
    await Promise.all([isReady(url), isReady(`http://127.0.0.1:${port}`)]);
    const api = new Api(url, await serviceToken());
    return new InboxFixture({
      application,
      services,
      worker,
      gateway,
      otherGateway,
      browser,
      api,
      port,
    });
  }

  /** Opens a page of the user, and waits until its feed is loaded and live. */
  async visit(user: string, options: Partial<PageOptions & Look> = {}): Promise<Visit> {
    const visit = await this.arrive(user, options);
    await visit.isLive();
    return visit;
  }

  /** Opens a page of the user without waiting. `prepare` gets it before it opens. */
  async arrive(
    user: string,
    options: Partial<PageOptions & Look> = {},
    prepare: (visit: Visit) => unknown = () => undefined,
  ): Promise<Visit> {
    const visit = await Visit.prepare(this.#browser, await PageLink.to(this.#port), user, options);
    this.#visits.push(visit);
    await prepare(visit);
    await visit.open(this.application.url);
    return visit;
  }

  /**
   * Logs actions of another user, one after another, and notifies `users`. Resolves when the feeds are up to date, with the
   * ids of the actions.
   */
  async log(users: string[], ...actions: Array<Partial<ActionInput>>): Promise<string[]> {
    const response = await this.#api.post<LogAnswer>('/v1/actions?wait=1', {
      actions: actions.map((action) => ({
        actor: { type: 'user', id: 'mona', name: 'Mona' },
        verb: 'closed',
        groupingDelay: -1,
        notify: users,
        ...action,
      })),
    });
    if (response.status !== 200)
      throw new Error(`logging: ${response.status} ${JSON.stringify(response.body)}`);
    return response.body.ids;
  }

  /** Logs `count` closed issues, named `name` with a number from 1. */
  issues(users: string[], count: number, name = 'Issue'): Promise<string[]> {
    return this.log(
      users,
      ...Array.from({ length: count }, (_, n) => ({ targets: issue(`${name} ${n + 1}`) })),
    );
  }

  /** Marks the items of these actions, or all, as another device of the user. */
  async mark(user: string, mark: 'read' | 'unread' | 'seen', actions: string[] | 'all'): Promise<void> {
    const input = actions === 'all' ? { all: true } : { ids: actions.map((id) => itemId(id, user)) };
    const response = await this.#api.post(`/v1/users/${user}/feed/${mark}`, input);
    if (response.status !== 200)
      throw new Error(`marking: ${response.status} ${JSON.stringify(response.body)}`);
  }

  /** Registers how an object is displayed. */
  async register(object: Ref): Promise<void> {
    const { status } = await this.#api.put('/v1/objects', { objects: [object] });
    if (status !== 200) throw new Error(`registering: ${status}`);
  }

  /** Recalls an action. */
  async recall(id: string): Promise<void> {
    const { status } = await this.#api.send('DELETE', `/v1/actions/${id}?wait=1`);
    if (status >= 300) throw new Error(`recalling: ${status}`);
  }

  /** The whole feed from the server. */
  async serverState(user: string): Promise<ServerState> {
    const items: ServerState['items'] = [];
    let cursor: string | null = null;
    let counts: Counts;
    do {
      const from: string = cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`;
      const page = await this.#api.get<FeedPage>(`/v1/users/${user}/feed?limit=100${from}`);
      items.push(...marksOf(page.body.items));
      ({ counts, nextCursor: cursor } = page.body);
    } while (cursor !== null);
    return { items, counts };
  }

  /** The verbs of the user's own actions, oldest first. */
  async loggedBy(user: string): Promise<string[]> {
    const { body } = await this.#api.get<{ items: Array<{ verb: string }> }>(
      `/v1/actions?actor=user:${user}&limit=100`,
    );
    return body.items.map(({ verb }) => verb).reverse();
  }

  /** Restarts the pages' gateway at the same port; `meanwhile` runs while it is down. */
  async restartGateway(meanwhile: () => Promise<unknown>): Promise<void> {
    await this.#gateway.close();
    await meanwhile();
    this.#gateway = createGateway({ ...this.#services.config, port: this.#port });
    await this.#gateway.listen();
  }

  /** Closes the pages. Returns their console errors, except network errors. */
  async closePages(): Promise<string[]> {
    const visits = this.#visits.splice(0);
    for (const visit of visits) await visit.close();
    return visits.flatMap(({ consoleErrors }) => consoleErrors);
  }

  async close(): Promise<void> {
    await this.closePages();
    await this.#browser.close();
    await this.#worker.close();
    await this.#gateway.close();
    await this.#otherGateway.close();
    this.application.close();
    await this.#services.remove();
  }
}

export const issue = (name: string) => ({
  type: 'issue',
  id: name,
  name,
  url: `/issues/${encodeURIComponent(name)}`,
});

const isReady = (url: string) => until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway is ready');
