/** Runs programs to completion. */
import { execFile } from 'node:child_process';

export interface Outcome {
  code: number;
  /** The program's standard output, followed by its standard error. */
  output: string;
}

const DEADLINE_MS = 120_000;

/** Resolves whatever the program's exit code is. */
export function run(
  program: string,
  args: readonly string[],
  { cwd, env = {} }: { cwd: string; env?: Record<string, string> },
): Promise<Outcome> {
  const options = {
    cwd,
    env: { ...process.env, NO_COLOR: '1', ...env },
    timeout: DEADLINE_MS,
    maxBuffer: 16 * 1_048_576,
  };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? 1) || 1;
      resolve({ code, output: stdout + stderr });
    });
  });
}

/** Rejects with the program's output if it fails. */
export async function succeed(...args: Parameters<typeof run>): Promise<string> {
  const { code, output } = await run(...args);
  if (code !== 0) throw new Error(`${args[0]} ${args[1].join(' ')} ended with ${code}:\n${output}`);
  return output;
}
