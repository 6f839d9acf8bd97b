/** Programs and outputs as a page of the documentation shows them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';

/** The blocks of a language, in their order. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}

let programs = 0;

/** A program of the documentation, saved where it says: in the checkout, under a name of its own. */
export class Program {
  readonly #child: ChildProcess;
  readonly #file: string;
  #printed = '';

  private constructor(file: string, env: Record<string, string>) {
    this.#file = file;
    this.#child = spawn(process.execPath, ['--import', 'tsx', file], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed += text;
    });
  }

  static async start(text: string, env: Record<string, string>): Promise<Program> {
    programs += 1;
    const file = `program-${process.pid}-${programs}.mjs`;
    await writeFile(file, text);
    return new Program(file, env);
  }

  get printed(): string {
    return this.#printed;
  }

  /** Waits for the program to end by itself; answers its exit code. */
  async ended(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill()) await exited;
    await rm(this.#file);
  }
}
