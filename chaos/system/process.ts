/**
 * A gateway or a worker under test, started as by `npm start`. A guard makes sure that it does not outlive the harness.
 *
 * stopped → starting → ready → stopped. A process that ends unexpectedly is restarted, as by an orchestrator.
 */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type GuardedProcess, runGuarded } from '../../dev/guard.ts';
import { until } from '../../dev/until.ts';
import { signalGuarded } from './guarded-process.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_MS = 60_000;
const EXIT_MS = 15_000;

export type ProcessKind = 'gateway' | 'worker';

const entryPoints: Record<ProcessKind, string> = { gateway: 'server/main.ts', worker: 'workers/main.ts' };

export class HubProcess {
  readonly kind: ProcessKind;
  readonly name: string;
  /** Its port since the last start; 0 while it does not listen. */
  port = 0;
  /** Unexpected exits, with their exit codes. */
  readonly crashes: string[] = [];
  readonly #env: () => NodeJS.ProcessEnv;
  readonly #log: WriteStream;
  #guarded: GuardedProcess | undefined;
  #isReady = false;
  #shouldRun = false;

  constructor(kind: ProcessKind, index: number, options: { env: () => NodeJS.ProcessEnv; logFile: string }) {
    this.kind = kind;
    this.name = `${kind} ${index + 1}`;
    this.#env = options.env;
    mkdirSync(dirname(options.logFile), { recursive: true });
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get isReady(): boolean {
    return this.#isReady && this.#guarded?.isRunning() === true;
  }

  async start(): Promise<void> {
    this.#shouldRun = true;
    this.#isReady = false;
    this.#log.write(`{"msg":"--- start"}\n`);
    const guarded = await runGuarded({
      command: [process.execPath, '--import', 'tsx', entryPoints[this.kind]],
      signal: 'TERM',
      cwd: ROOT,
      env: { ...process.env, ...this.#env() },
      output: { line: (line) => this.#onLine(line) },
    });
    this.#guarded = guarded;
    void guarded.exited.then((code) => this.#onExit(guarded, code));
    await until(() => this.#isReady || guarded !== this.#guarded, `${this.name} to be ready`, READY_MS);
  }

  /** Sends a signal to the process itself, not to its guard. */
  signal(signal: NodeJS.Signals): void {
    signalGuarded(this.#guarded, signal);
  }

  /** Ends the process by the signal, and kills it after a timeout. Returns the duration in milliseconds. */
  async terminate(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    this.#shouldRun = false;
    const startedAt = performance.now();
    const guarded = this.#guarded;
    if (!guarded) return 0;
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), EXIT_MS);
    await guarded.exited;
    clearTimeout(timer);
    return performance.now() - startedAt;
  }

  async close(): Promise<void> {
    this.signal('SIGCONT');
    await this.terminate('SIGKILL');
    this.#log.end();
  }

  #onLine(line: string): void {
    this.#log.write(`${line}\n`);
    if (this.#isReady || !/"msg":"(gateway|worker) ready"/.test(line)) return;
    const { port = 0 } = JSON.parse(line) as { port?: number };
    this.port = port;
    this.#isReady = true;
  }

  #onExit(guarded: GuardedProcess, code: number): void {
    this.#log.write(`{"msg":"--- ended","code":${code}}\n`);
    if (guarded !== this.#guarded) return;
    this.#isReady = false;
    if (!this.#shouldRun) return;
    this.crashes.push(`${this.name} ended with exit code ${code}`);
    void this.start().catch(() => undefined);
  }
}
