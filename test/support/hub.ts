import { onTestFinished } from 'vitest';
import type { HubDefinition } from '../../config/definition.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../../server/gateway.ts';
import { createWorker, type WorkerOptions, type WorkerProcess } from '../../workers/worker.ts';
import { Api } from './http.ts';
import { isolatedServices, type TestServices } from './services.ts';
import { TestSocket } from './socket.ts';
import { type Claims, serviceToken, tokenFor } from './tokens.ts';
import { until } from './until.ts';

/** A hub in this process, on a real MongoDB and Redis. */
export class TestHub {
  readonly services: TestServices;
  readonly urls: string[] = [];
  readonly #options: GatewayOptions & WorkerOptions;
  readonly #gateways: Gateway[] = [];
  readonly #workers: WorkerProcess[] = [];

  private constructor(services: TestServices, options: GatewayOptions & WorkerOptions) {
    this.services = services;
    this.#options = options;
  }

  static async start({
    gateways = 1,
    workers = 1,
    settings = {} as Record<string, string>,
    hub: definition = {} as HubDefinition,
    eventRecords = undefined as GatewayOptions['eventRecords'],
    bounds = undefined as WorkerOptions['bounds'],
  } = {}): Promise<TestHub> {
    const hub = new TestHub(await isolatedServices(settings, definition), { eventRecords, bounds });
    for (let count = 0; count < gateways; count += 1) await hub.addGateway();
    for (let count = 0; count < workers; count += 1) await hub.addWorker();
    return hub;
  }

  get url(): string {
    const [first] = this.urls;
    if (!first) throw new Error('the hub has no gateway');
    return first;
  }

  async addGateway(): Promise<void> {
    const gateway = createGateway(this.services.config, this.#options);
    this.#gateways.push(gateway);
    const { url } = await gateway.listen();
    // The gateway listens before it has connected to its databases. Until then it reports that it is not ready.
    await until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway is ready');
    this.urls.push(url);
  }

  async addWorker(): Promise<void> {
    const worker = createWorker(this.services.config, this.#options);
    this.#workers.push(worker);
    await worker.start();
  }

  async stopWorkers(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await worker.close();
  }

  async api(user: string, claims: Claims = {}, url = this.url): Promise<Api> {
    return new Api(url, await tokenFor(user, claims));
  }

  async service(claims: Claims = {}): Promise<Api> {
    return new Api(this.url, await serviceToken(claims));
  }

  /** Closes automatically when the test ends. */
  async socket(
    user: string,
    claims: Claims = {},
    url = this.url,
    auth: Record<string, unknown> = {},
  ): Promise<TestSocket> {
    const socket = await TestSocket.connect(url, await tokenFor(user, claims), auth);
    onTestFinished(() => socket.close());
    return socket;
  }

  async close(): Promise<void> {
    await this.stopWorkers();
    for (const gateway of this.#gateways) await gateway.close();
    await this.services.remove();
  }
}
