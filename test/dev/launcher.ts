/** Runs the launchers with separate folders, and finds the processes that they leave behind. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { until } from './database.ts';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Launched {
  process: ChildProcess;
  /** All output so far. */
  output(): string;
  exited: Promise<number | null>;
  said(what: string | RegExp, deadlineMs?: number): Promise<void>;
}

/** A folder that is removed after the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'hubbub-launcher-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `file` of dev/ with only the variables of `env`. */
export function launch(file: string, args: string[], env: Record<string, string>): Launched {
  const { MONGODB_URI: _uri, REDIS_URL: _url, PORT: _port, ...inherited } = process.env;
  const tsx = file.endsWith('.mjs') ? [] : ['--import', 'tsx'];
  const child = spawn(process.execPath, [...tsx, join(ROOT, 'dev', file), ...args], {
    cwd: ROOT,
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      output += chunk;
    });
  }
  const exited = new Promise<number | null>((resolve) => child.once('close', resolve));
  onTestFinished(async () => {
    child.kill('SIGTERM');
    await exited;
  });
  return {
    process: child,
    output: () => output,
    exited,
    async said(what, deadlineMs = 120_000) {
      const matches = () => (typeof what === 'string' ? output.includes(what) : what.test(output));
      const ended = exited.then(() => true);
      await until(
        async () => matches() || Promise.race([ended, Promise.resolve(false)]),
        deadlineMs,
        `${what}: ${output}`,
      );
      if (!matches()) throw new Error(`ended without saying ${what}: ${output}`);
    },
  };
}

/** The processes of a folder: it is in their command line or their environment. */
export function processesOf(folder: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid) || Number(pid) === process.pid) return false;
    return ['cmdline', 'environ'].some((file) => read(`/proc/${pid}/${file}`).includes(folder));
  });
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
