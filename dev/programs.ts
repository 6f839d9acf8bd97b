/** Finds and runs other programs. */
import { spawn } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export class ProgramError extends Error {}

/** Runs a program and returns its output. If it fails, the error contains the end of the output. */
export function runProgram(
  command: string,
  args: string[],
  options: { signal?: AbortSignal; env?: NodeJS.ProcessEnv } = {},
) {
  return new Promise<string>((resolve, reject) => {
    const env = { ...process.env, ...options.env };
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env, signal: options.signal });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-20_000);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else reject(new ProgramError(summarizeErrors(output) || `${command} ended with code ${code}`));
    });
  });
}

/** Joins the error lines of the output. */
function summarizeErrors(output: string): string {
  const lines = output.trim().split('\n');
  const errors = lines.filter((line) => /^(E|W|error|fatal)\b|: error|cannot|unable|no space/i.test(line));
  return (errors.length > 0 ? errors : lines).slice(-3).join(' / ').trim();
}

export function findOnPath(...names: string[]): string | undefined {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const path = join(folder, name);
      if (isProgram(path)) return path;
    }
  }
  return undefined;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
