import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tryPort } from '../../dev/ports.ts';
import { isolatedServices, type TestServices } from './services.ts';
import { until } from './until.ts';

/** Time limit of `npm start` when the databases are running. */
const READY_MS = 60_000;

/** The hub as `npm start` runs it: launcher, gateway with the demo page, and worker, on the test's own databases. */
export class StartedHub {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #services: TestServices;
  readonly #data: string;

  private constructor(url: string, child: ChildProcess, services: TestServices, data: string) {
    this.url = url;
    this.#child = child;
    this.#services = services;
    this.#data = data;
  }

  /** `settings` are environment variables. */
  static async open(settings: Record<string, string> = {}): Promise<StartedHub> {
    const services = await isolatedServices({ LOG_LEVEL: 'error', ...settings });
    const data = await mkdtemp(join(tmpdir(), 'hubbub-started-'));
    const port = (await tryPort(0)) ?? 0;
    const child = spawn(process.execPath, ['dev/start.mjs'], {
      env: { ...process.env, ...services.env, PORT: String(port), HUBBUB_DATA: data },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const url = `http://localhost:${port}`;
    await until(
      () => {
        if (child.exitCode !== null) throw new Error(`it ended: ${output}`);
        return output.includes(`Hubbub is running:  ${url}`);
      },
      'the hub runs',
      READY_MS,
    );
    return new StartedHub(url, child, services, data);
  }

  async close(): Promise<void> {
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await exited;
    await this.#services.remove();
    await rm(this.#data, { recursive: true });
  }
}
