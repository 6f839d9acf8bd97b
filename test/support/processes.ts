import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { isolatedServices, type TestServices } from './services.ts';
import { until } from './until.ts';

const READY_MS = 30_000;

/** A process of the hub, run as `npm start` runs it. */
export class HubProcess {
  readonly child: ChildProcess;
  /** The log line that shows that the process is ready. */
  readonly ready: Promise<{ port?: number }>;
  /** All lines that it logged. */
  readonly logged: Array<Record<string, unknown>> = [];

  constructor(main: 'server/main.ts' | 'workers/main.ts' | 'demo/gateway.ts', env: Record<string, string>) {
    this.child = spawn(process.execPath, ['--import', 'tsx', main], {
      env: { ...process.env, ...env, LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.ready = this.#readyLine();
    this.ready.catch(() => undefined);
  }

  async #readyLine(): Promise<{ port?: number }> {
    const { stdout } = this.child;
    if (!stdout) throw new Error('the process has no output');
    const lines = createInterface({ input: stdout });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('the process was not ready in time')), READY_MS);
      lines.on('line', (line) => {
        const record = JSON.parse(line) as Record<string, unknown> & { port?: number };
        this.logged.push(record);
        if (!/^(gateway|worker) ready$/.test(String(record.msg))) return;
        clearTimeout(timer);
        resolve(record);
      });
      this.child.once('exit', (code) => {
        clearTimeout(timer);
        reject(new Error(`the process ended with ${code}`));
      });
    });
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}

/** Gateways and workers, each in its own process, on the test's own databases. */
export class HubProcesses {
  readonly services: TestServices;
  readonly urls: string[] = [];
  readonly gateways: HubProcess[] = [];
  readonly workers: HubProcess[] = [];

  private constructor(services: TestServices) {
    this.services = services;
  }

  /** `settings` are environment variables. */
  static async start({
    settings = {},
    ...count
  }: {
    gateways: number;
    workers: number;
    settings?: Record<string, string>;
  }): Promise<HubProcesses> {
    const hub = new HubProcesses(await isolatedServices(settings));
    const { env } = hub.services;
    for (let index = 0; index < count.gateways; index += 1)
      hub.gateways.push(new HubProcess('server/main.ts', env));
    for (let index = 0; index < count.workers; index += 1)
      hub.workers.push(new HubProcess('workers/main.ts', env));
    await Promise.all(hub.workers.map((worker) => worker.ready));
    for (const gateway of hub.gateways) hub.urls.push(await waitUntilReady(gateway));
    return hub;
  }

  /** Returns the gateway's address. */
  async addGateway(): Promise<string> {
    const gateway = new HubProcess('server/main.ts', this.services.env);
    this.gateways.push(gateway);
    const url = await waitUntilReady(gateway);
    this.urls.push(url);
    return url;
  }

  async addWorker(): Promise<void> {
    const worker = new HubProcess('workers/main.ts', this.services.env);
    this.workers.push(worker);
    await worker.ready;
  }

  async close(): Promise<void> {
    await Promise.all([...this.gateways, ...this.workers].map((each) => each.stop()));
    await this.services.remove();
  }
}

/** The address of a gateway. It listens before it has connected to MongoDB, and refuses calls until then. */
async function waitUntilReady(gateway: HubProcess): Promise<string> {
  const url = `http://127.0.0.1:${(await gateway.ready).port}`;
  await until(async () => (await fetch(`${url}/readyz`)).ok, 'the gateway to reach its databases');
  return url;
}
