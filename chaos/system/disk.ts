/**
 * A small disk for one folder: a tmpfs in a separate mount namespace, which a guarded process holds. It disappears when the
 * harness ends, even after a crash.
 */
import { mkdirSync } from 'node:fs';
import { type GuardedProcess, runGuarded } from '../../dev/guard.ts';
import { findOnPath, runProgram } from '../../dev/programs.ts';
import { until } from '../../dev/until.ts';

const SIZE = '2g';
/** Free space of a full disk: too little for the next write. */
const SPARE_BYTES = 16_384;

export class Disk {
  readonly #folder: string;
  readonly #holder: number;
  readonly #guarded: GuardedProcess;

  private constructor(folder: string, holder: number, guarded: GuardedProcess) {
    this.#folder = folder;
    this.#holder = holder;
    this.#guarded = guarded;
  }

  /** Returns `null` if this machine does not permit mounts. */
  static async mount(folder: string): Promise<Disk | null> {
    if (!findOnPath('unshare') || !findOnPath('nsenter')) return null;
    mkdirSync(folder, { recursive: true });
    const script = `mount -t tmpfs -o size=${SIZE},mode=700 tmpfs "$1" && echo $$ && exec sleep infinity`;
    let holder = 0;
    const guarded = await runGuarded({
      command: ['unshare', '--mount', 'sh', '-c', script, 'disk', folder],
      signal: 'TERM',
      output: {
        line: (line) => {
          holder ||= Number(line) || 0;
        },
      },
    });
    await until(() => holder > 0 || !guarded.isRunning(), 'a tmpfs for Redis');
    return holder > 0 ? new Disk(folder, holder, guarded) : null;
  }

  /** A command that wraps the command that uses the disk. */
  get wrapperCommand(): string[] {
    return ['nsenter', '--mount', `--target=${this.#holder}`];
  }

  async fill(): Promise<void> {
    const used = Number(await this.#run('du', '-s', '-B1', this.#folder).then((text) => text.split('\t')[0]));
    await this.#run('mount', '-o', `remount,size=${used + SPARE_BYTES}`, this.#folder);
  }

  async free(): Promise<void> {
    await this.#run('mount', '-o', `remount,size=${SIZE}`, this.#folder);
  }

  close(): Promise<void> {
    return this.#guarded.stop();
  }

  #run(...command: string[]): Promise<string> {
    return runProgram('nsenter', ['--mount', `--target=${this.#holder}`, ...command]);
  }
}
