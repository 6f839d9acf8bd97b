/** Runs copies of the applications under `examples`, with the built packages installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { installPackages } from './packages.ts';
import { until } from './until.ts';

interface Manifest {
  scripts: { start: string };
  dependencies: Record<string, string>;
}

const manifestOf = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

/** A copy of an example outside the checkout, with only the dependencies of its package.json. */
export class Example {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `name` is the folder under `examples`. */
  static async install(name: string): Promise<Example> {
    const folder = await mkdtemp(join(tmpdir(), `hubbub-example-${name}-`));
    const isCopied = (path: string) => basename(path) !== 'node_modules';
    await cp(join('examples', name), folder, { recursive: true, filter: isCopied });
    await installPackages(folder, Object.keys((await manifestOf(folder)).dependencies));
    return new Example(folder);
  }

  /** Runs the command of `npm start`. Returns the first URL that it prints. */
  async start(env: Record<string, string>): Promise<string> {
    const run = await this.run({ PORT: '0', ...env });
    return until(() => {
      if (run.child.exitCode !== null) throw new Error(`it ended: ${run.output()}`);
      return /http:\/\/localhost:\d+/.exec(run.output())?.[0];
    }, 'its address');
  }

  /** An empty string in `env` unsets a variable. `program` is by default the command of `npm start`. */
  async run(
    env: Record<string, string>,
    program?: string,
  ): Promise<{ child: ChildProcess; output: () => string }> {
    const { start } = (await manifestOf(this.folder)).scripts;
    const [command, ...args] = (program === undefined ? start : `node ${program}`).split(' ');
    if (command !== 'node') throw new Error(`an example is a program of Node, not ${command}`);
    const settings = Object.entries({ ...process.env, ...env }).filter(([, value]) => value !== '');
    const child = spawn(process.execPath, args, {
      cwd: this.folder,
      env: Object.fromEntries(settings),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    return { child, output: () => output };
  }

  async remove(): Promise<void> {
    for (const child of this.#children) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const exited = once(child, 'exit');
      if (child.kill()) await exited;
    }
    await rm(this.folder, { recursive: true, force: true });
  }
}
