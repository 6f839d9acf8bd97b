/** A clock that the harness sets for a process written in C, by libfaketime, where this machine has it. */
import { existsSync, renameSync, writeFileSync } from 'node:fs';

/**
 * Redis allocates by jemalloc, which asks for the time before libfaketime can tell it: with the allocator of the C library
 * in front, it does not.
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

  /** `null` where there is no libfaketime; `HUBBUB_FAKETIME` names one that lies elsewhere. */
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
