import { onTestFinished } from 'vitest';
import { createGateway, type Gateway } from '../../server/gateway.ts';
import { createWorker, type WorkerProcess } from '../../workers/worker.ts';
import { Api } from './http.ts';
import { ownServices, type TestServices } from './services.ts';
import { TestSocket } from './socket.ts';
import { type Claims, serviceToken, tokenFor } from './tokens.ts';

/** A hub in this process, on real services. */
export class TestHub {
  readonly services: TestServices;
  readonly urls: string[] = [];
  readonly #gateways: Gateway[] = [];
  readonly #workers: WorkerProcess[] = [];

  private constructor(services: TestServices) {
    this.services = services;
  }

  static async start({
    gateways = 1,
    workers = 1,
    settings = {} as Record<string, string>,
  } = {}): Promise<TestHub> {
    const hub = new TestHub(await ownServices(settings));
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
    const gateway = createGateway(this.services.config);
    this.#gateways.push(gateway);
    this.urls.push((await gateway.listen()).url);
  }

  async addWorker(): Promise<void> {
    const worker = createWorker(this.services.config);
    this.#workers.push(worker);
    await worker.start();
  }

  async stopWorkers(): Promise<void> {
    for (const worker of this.#workers.splice(0)) await worker.close();
  }

  async api(user: string, claims: Claims = {}): Promise<Api> {
    return new Api(this.url, await tokenFor(user, claims));
  }

  async service(claims: Claims = {}): Promise<Api> {
    return new Api(this.url, await serviceToken(claims));
  }

  /** Closed when the test ends. */
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
