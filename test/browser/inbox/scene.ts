/**
 * A real hub, an application with the inbox on its pages, and a browser. The pages use one gateway, which comes and
 * goes; what happens elsewhere, and the truth to compare with, goes through another.
 */
import type { Browser } from 'playwright-core';
import { itemId } from '../../../core/keys.ts';
import type { ActionInput, Counts, FeedPage, LogAnswer } from '../../../protocol/entities.ts';
import { createGateway, type Gateway } from '../../../server/gateway.ts';
import { createWorker, type WorkerProcess } from '../../../workers/worker.ts';
import { launchChromium } from '../../support/chromium.ts';
import { Api } from '../../support/http.ts';
import { Line } from '../../support/line.ts';
import { ownServices, type TestServices } from '../../support/services.ts';
import { serviceToken } from '../../support/tokens.ts';
import { until } from '../../support/until.ts';
import { Application } from './application.ts';
import type { Drawn } from './document.ts';
import { marksOf, type Truth } from './truth.ts';
import { type Look, Visit } from './visit.ts';

export class Scene {
  readonly application: Application;
  readonly #services: TestServices;
  readonly #worker: WorkerProcess;
  readonly #elsewhere: Gateway;
  readonly #browser: Browser;
  readonly #api: Api;
  readonly #port: number;
  #front: Gateway;
  #visits: Visit[] = [];

  private constructor(parts: {
    application: Application;
    services: TestServices;
    worker: WorkerProcess;
    elsewhere: Gateway;
    front: Gateway;
    browser: Browser;
    api: Api;
    port: number;
  }) {
    this.application = parts.application;
    this.#services = parts.services;
    this.#worker = parts.worker;
    this.#elsewhere = parts.elsewhere;
    this.#front = parts.front;
    this.#browser = parts.browser;
    this.#api = parts.api;
    this.#port = parts.port;
  }

  static async open(): Promise<Scene> {
    const application = await Application.open();
    const services = await ownServices({ HUBBUB_CORS_ORIGIN: application.url });
    const [front, elsewhere] = [createGateway(services.config), createGateway(services.config)];
    const worker = createWorker(services.config);
    const [browser, { port }, { url }] = await Promise.all([
      launchChromium(),
      front.listen(),
      elsewhere.listen(),
      worker.start(),
    ]);
    await Promise.all([isReady(url), isReady(`http://127.0.0.1:${port}`)]);
    const api = new Api(url, await serviceToken());
    return new Scene({ application, services, worker, elsewhere, front, browser, api, port });
  }

  /** A page of the user's, which has loaded its feed and is live. */
  async visit(user: string, options: Partial<Drawn & Look> = {}): Promise<Visit> {
    const visit = await this.arrive(user, options);
    await visit.isLive();
    return visit;
  }

  /** A page of the user's, whatever comes of it. `prepare` gets it before it opens. */
  async arrive(
    user: string,
    options: Partial<Drawn & Look> = {},
    prepare: (visit: Visit) => unknown = () => undefined,
  ): Promise<Visit> {
    const visit = await Visit.prepare(this.#browser, await Line.to(this.#port), user, options);
    this.#visits.push(visit);
    await prepare(visit);
    await visit.open(this.application.url);
    return visit;
  }

  /**
   * Something happened elsewhere, one action after the other, and everybody in `users` is told. Answers when the feeds
   * are up to date, with the ids of the actions.
   */
  async log(users: string[], ...actions: Array<Partial<ActionInput>>): Promise<string[]> {
    const answer = await this.#api.post<LogAnswer>('/v1/actions?wait=1', {
      actions: actions.map((action) => ({
        actor: { type: 'user', id: 'mona', name: 'Mona' },
        verb: 'closed',
        groupingDelay: -1,
        notify: users,
        ...action,
      })),
    });
    if (answer.status !== 200) throw new Error(`logging: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body.ids;
  }

  /** `count` issues that were closed, `name` followed by a number from 1. */
  issues(users: string[], count: number, name = 'Issue'): Promise<string[]> {
    return this.log(
      users,
      ...Array.from({ length: count }, (_, n) => ({ targets: issue(`${name} ${n + 1}`) })),
    );
  }

  /** Another device of the user's marks the items of these actions, or all. */
  async mark(user: string, mark: 'read' | 'unread' | 'seen', actions: string[] | 'all'): Promise<void> {
    const input = actions === 'all' ? { all: true } : { ids: actions.map((id) => itemId(id, user)) };
    const answer = await this.#api.post(`/v1/users/${user}/feed/${mark}`, input);
    if (answer.status !== 200) throw new Error(`marking: ${answer.status} ${JSON.stringify(answer.body)}`);
  }

  /** An action is taken back. */
  async recall(id: string): Promise<void> {
    const { status } = await this.#api.send('DELETE', `/v1/actions/${id}?wait=1`);
    if (status >= 300) throw new Error(`recalling: ${status}`);
  }

  /** The feed as a fresh load has it, to its end. */
  async truth(user: string): Promise<Truth> {
    const items: Truth['items'] = [];
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

  /** What the user logged itself, oldest first. */
  async loggedBy(user: string): Promise<string[]> {
    const { body } = await this.#api.get<{ items: Array<{ verb: string }> }>(
      `/v1/actions?actor=user:${user}&limit=100`,
    );
    return body.items.map(({ verb }) => verb).reverse();
  }

  /** The pages' gateway goes and comes back at the same port; `meanwhile` happens while it is away. */
  async restartGateway(meanwhile: () => Promise<unknown>): Promise<void> {
    await this.#front.close();
    await meanwhile();
    this.#front = createGateway({ ...this.#services.config, port: this.#port });
    await this.#front.listen();
  }

  /** Closes the pages; answers what they complained about that was not the network. */
  async leave(): Promise<string[]> {
    const visits = this.#visits.splice(0);
    for (const visit of visits) await visit.close();
    return visits.flatMap(({ complaints }) => complaints);
  }

  async close(): Promise<void> {
    await this.leave();
    await this.#browser.close();
    await this.#worker.close();
    await this.#front.close();
    await this.#elsewhere.close();
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
