/** The applications under `examples`, as somebody who copied them runs them: with the package as it is built. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { buildPackage } from '../../client-sdk/build/build.ts';
import { until } from './until.ts';

interface Manifest {
  scripts: { start: string };
  dependencies: Record<string, string>;
}

const manifestOf = async (folder: string): Promise<Manifest> =>
  JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as Manifest;

/** A copy of an example somewhere else, where only what its description names is installed. */
export class Example {
  readonly folder: string;
  readonly #children: ChildProcess[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** `name`: its folder under `examples`. */
  static async install(name: string): Promise<Example> {
    const folder = await mkdtemp(join(tmpdir(), `hubbub-example-${name}-`));
    const kept = (path: string) => basename(path) !== 'node_modules';
    await cp(join('examples', name), folder, { recursive: true, filter: kept });
    const client = join(folder, 'node_modules/@hubbub/client');
    await buildPackage(client);
    const [own, its] = await Promise.all([manifestOf(folder), manifestOf(client)]);
    // The other packages are the project's own.
    for (const needed of Object.keys({ ...its.dependencies, ...own.dependencies })) {
      if (needed === '@hubbub/client') continue;
      const place = join(folder, 'node_modules', needed);
      await mkdir(dirname(place), { recursive: true });
      await symlink(join(process.cwd(), 'node_modules', needed), place);
    }
    return new Example(folder);
  }

  /** Runs what `npm start` there would, until it printed a URL, and answers that. */
  async start(env: Record<string, string>): Promise<string> {
    const run = await this.run({ PORT: '0', ...env });
    return until(() => {
      if (run.child.exitCode !== null) throw new Error(`it ended: ${run.output()}`);
      return /http:\/\/localhost:\d+/.exec(run.output())?.[0];
    }, 'its address');
  }

  /** `env`: an empty text is no setting. `program`: default, what `npm start` there would run. */
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
    let printed = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        printed += text;
      });
    }
    return { child, output: () => printed };
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
