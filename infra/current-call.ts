/**
 * The call to a handler that the main thread is in, in memory that the watchdog's thread reads. Noting a call costs less than
 * a microsecond, so it is done for every text; a call that lasts is written to Redis by the thread (watchdog-thread.ts).
 */
import { randomUUID } from 'node:crypto';
import type { About } from '../core/asking.ts';
import type { CallWatch } from '../core/handlers.ts';
import { callField } from './redis/call-ledger.ts';

/** Bytes of a call's name. One that is longer is not noted. */
const MAX_NAME = 2_048;
/** Two integers stand in front of the name: how often a call began or ended, so odd within one; and the name's length. */
const HEAD = 8;

export class CurrentCall implements CallWatch {
  /** Of this process, by which its calls are known to others. */
  readonly process: string;
  readonly memory: SharedArrayBuffer;
  readonly #head: Int32Array;
  readonly #name: Buffer;

  /** In the thread from what the main thread has. */
  constructor({ memory, process }: Pick<CurrentCall, 'memory' | 'process'> = made()) {
    this.memory = memory;
    this.process = process;
    this.#head = new Int32Array(memory, 0, 2);
    this.#name = Buffer.from(memory, HEAD);
  }

  enter(about: About): void {
    const name = callField(about);
    const isShort = Buffer.byteLength(name) <= MAX_NAME;
    Atomics.store(this.#head, 1, isShort ? this.#name.write(name) : 0);
    Atomics.add(this.#head, 0, 1);
  }

  leave(): void {
    Atomics.add(this.#head, 0, 1);
  }

  /** `turn` changes whenever a call begins or ends. `name`: the ledger's field for the call; `null` outside of calls. */
  read(): { turn: number; name: string | null } {
    const turn = Atomics.load(this.#head, 0);
    const length = Atomics.load(this.#head, 1);
    const name = turn % 2 === 0 || length === 0 ? null : this.#name.toString('utf8', 0, length);
    return { turn, name };
  }
}

const made = () => ({ memory: new SharedArrayBuffer(HEAD + MAX_NAME), process: randomUUID() });
