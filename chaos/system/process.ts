/**
 * A gateway or a worker under test, as `npm start` runs it, below a guard so that it cannot outlive the harness.
 *
 * stopped → starting → ready → stopped; a process that ends without being asked is started again, as an
 * orchestrator would do.
 */
import { createWriteStream, mkdirSync, type WriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Guarded, runGuarded } from '../../dev/guard.ts';
import { until } from '../../dev/until.ts';
import { signalBelow } from './below.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const READY_MS = 60_000;
const EXIT_MS = 15_000;

export type ProcessKind = 'gateway' | 'worker';

const mains: Record<ProcessKind, string> = { gateway: 'server/main.ts', worker: 'workers/main.ts' };

export class HubProcess {
  readonly kind: ProcessKind;
  readonly name: string;
  /** Where it listens since its last start; 0: nowhere. */
  port = 0;
  /** Exits that nobody asked for, with their exit codes. */
  readonly crashes: string[] = [];
  readonly #env: () => NodeJS.ProcessEnv;
  readonly #log: WriteStream;
  #guarded: Guarded | undefined;
  #isReady = false;
  #isWanted = false;

  constructor(kind: ProcessKind, index: number, options: { env: () => NodeJS.ProcessEnv; logFile: string }) {
    this.kind = kind;
    this.name = `${kind} ${index + 1}`;
    this.#env = options.env;
    mkdirSync(dirname(options.logFile), { recursive: true });
    this.#log = createWriteStream(options.logFile, { flags: 'a' });
  }

  get isReady(): boolean {
    return this.#isReady && this.#guarded?.running() === true;
  }

  async start(): Promise<void> {
    this.#isWanted = true;
    this.#isReady = false;
    this.#log.write(`{"msg":"--- start"}\n`);
    const guarded = await runGuarded({
      command: [process.execPath, '--import', 'tsx', mains[this.kind]],
      signal: 'TERM',
      cwd: ROOT,
      env: { ...process.env, ...this.#env() },
      output: { line: (line) => this.#read(line) },
    });
    this.#guarded = guarded;
    void guarded.exited.then((code) => this.#ended(guarded, code));
    await until(() => this.#isReady || guarded !== this.#guarded, `${this.name} to be ready`, READY_MS);
  }

  /** Sends a signal to the process itself, not to its guard. */
  signal(signal: NodeJS.Signals): void {
    signalBelow(this.#guarded, signal);
  }

  /** Ends it by the signal; by force where that takes too long. Returns how long it took, in milliseconds. */
  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<number> {
    this.#isWanted = false;
    const began = performance.now();
    const guarded = this.#guarded;
    if (!guarded) return 0;
    this.signal(signal);
    const timer = setTimeout(() => this.signal('SIGKILL'), EXIT_MS);
    await guarded.exited;
    clearTimeout(timer);
    return performance.now() - began;
  }

  async close(): Promise<void> {
    this.signal('SIGCONT');
    await this.end('SIGKILL');
    this.#log.end();
  }

  #read(line: string): void {
    this.#log.write(`${line}\n`);
    if (this.#isReady || !/"msg":"(gateway|worker) ready"/.test(line)) return;
    const { port = 0 } = JSON.parse(line) as { port?: number };
    this.port = port;
    this.#isReady = true;
  }

  #ended(guarded: Guarded, code: number): void {
    this.#log.write(`{"msg":"--- ended","code":${code}}\n`);
    if (guarded !== this.#guarded) return;
    this.#isReady = false;
    if (!this.#isWanted) return;
    this.crashes.push(`${this.name} ended with exit code ${code}`);
    void this.start().catch(() => undefined);
  }
}
