/**
 * A disk of a few megabytes for one folder: a tmpfs in a mount namespace of its own, which a process below a guard
 * holds. Nothing of it is left when the harness ends, however it ends.
 */
import { mkdirSync } from 'node:fs';
import { type Guarded, runGuarded } from '../../dev/guard.ts';
import { onPath, runStep } from '../../dev/steps.ts';
import { until } from '../../dev/until.ts';

const SIZE = '2g';
/** Left free on a full disk: less than a page, so that the next write fails. */
const FULL_SPARE = 16_384;

export class Disk {
  readonly #folder: string;
  readonly #holder: number;
  readonly #guarded: Guarded;

  private constructor(folder: string, holder: number, guarded: Guarded) {
    this.#folder = folder;
    this.#holder = holder;
    this.#guarded = guarded;
  }

  /** `null` where this machine does not let us mount. */
  static async mount(folder: string): Promise<Disk | null> {
    if (!onPath('unshare') || !onPath('nsenter')) return null;
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
    await until(() => holder > 0 || !guarded.running(), 'a tmpfs for Redis');
    return holder > 0 ? new Disk(folder, holder, guarded) : null;
  }

  /** A command in front of the one that uses the disk. */
  get inside(): string[] {
    return ['nsenter', '--mount', `--target=${this.#holder}`];
  }

  async fill(): Promise<void> {
    const used = Number(await this.#run('du', '-s', '-B1', this.#folder).then((text) => text.split('\t')[0]));
    await this.#run('mount', '-o', `remount,size=${used + FULL_SPARE}`, this.#folder);
  }

  async free(): Promise<void> {
    await this.#run('mount', '-o', `remount,size=${SIZE}`, this.#folder);
  }

  close(): Promise<void> {
    return this.#guarded.stop();
  }

  #run(...command: string[]): Promise<string> {
    return runStep('nsenter', ['--mount', `--target=${this.#holder}`, ...command]);
  }
}
