/** Programs and their outputs from a documentation page. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, rm, writeFile } from 'node:fs/promises';

/** The code blocks of one language, in order. */
export async function blocksOf(page: string, language: string): Promise<string[]> {
  const text = await readFile(page, 'utf8');
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, 'gms'))].map(
    ([, block = '']) => block,
  );
}

let programCount = 0;

/** A program from the documentation, saved in the checkout under a unique name. */
export class Program {
  readonly #child: ChildProcess;
  readonly #file: string;
  #output = '';

  private constructor(file: string, env: Record<string, string>) {
    this.#file = file;
    this.#child = spawn(process.execPath, ['--import', 'tsx', file], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#output += text;
    });
  }

  static async start(text: string, env: Record<string, string>): Promise<Program> {
    programCount += 1;
    const file = `program-${process.pid}-${programCount}.mjs`;
    await writeFile(file, text);
    return new Program(file, env);
  }

  get output(): string {
    return this.#output;
  }

  /** Waits until the program exits. Returns its exit code. */
  async exitCode(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'close');
    return this.#child.exitCode;
  }

  async stop(): Promise<void> {
    const exited = once(this.#child, 'exit');
    if (this.#child.exitCode === null && this.#child.kill()) await exited;
    await rm(this.#file);
  }
}
