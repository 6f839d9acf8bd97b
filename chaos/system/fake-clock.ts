/** Sets the clock of a process written in C, by libfaketime, if this machine has it. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Redis uses jemalloc, which reads the clock before libfaketime is ready. Preloading the C library's allocator avoids that.
 */
const C_LIBRARIES = ['/lib/x86_64-linux-gnu/libc.so.6', '/lib/aarch64-linux-gnu/libc.so.6'];
const PLACES = [
  '/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1',
  '/usr/lib/faketime/libfaketime.so.1',
];

export class FakeClock {
  readonly env: NodeJS.ProcessEnv;
  readonly #file: string;

  private constructor(library: string, file: string) {
    this.#file = file;
    this.env = {
      LD_PRELOAD: [library, ...C_LIBRARIES.filter((path) => existsSync(path))].join(':'),
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    this.set(0);
  }

  /** Returns `null` without libfaketime. `HUBBUB_FAKETIME` sets another path of the library. */
  static find(file: string): FakeClock | null {
    const library = [process.env.HUBBUB_FAKETIME ?? '', ...PLACES].find(
      (path) => path !== '' && existsSync(path),
    );
    return library === undefined ? null : new FakeClock(library, file);
  }

  set(shiftSeconds: number): void {
    writeFileSync(`${this.#file}.new`, `${shiftSeconds < 0 ? '-' : '+'}${Math.abs(shiftSeconds)}s\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}
