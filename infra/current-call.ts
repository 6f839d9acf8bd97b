/**
 * The handler call that the main thread is executing, in memory that the watchdog thread reads. Recording a call takes less than
 * a microsecond, so every call to `text` is recorded. The thread writes slow calls to Redis (watchdog-thread.ts).
 */
import { randomUUID } from 'node:crypto';
import type { CallMonitor } from '../core/handlers/handlers.ts';
import type { HandlerCallInfo } from '../core/handlers/predicate-evaluator.ts';
import { callField } from './redis/call-ledger.ts';

/** Calls with longer names are not recorded. */
const MAX_NAME_BYTES = 2_048;
/** Two integers precede the name: the number of begins and ends, which is odd during a call; and the length of the name. */
const HEADER_BYTES = 8;

export class CurrentCall implements CallMonitor {
  /** Identifies this process in the call ledger. */
  readonly process: string;
  readonly memory: SharedArrayBuffer;
  readonly #header: Int32Array;
  readonly #name: Buffer;

  /** The thread passes the memory of the main thread. */
  constructor({ memory, process }: Pick<CurrentCall, 'memory' | 'process'> = allocate()) {
    this.memory = memory;
    this.process = process;
    this.#header = new Int32Array(memory, 0, 2);
    this.#name = Buffer.from(memory, HEADER_BYTES);
  }

  enter(call: HandlerCallInfo): void {
    const name = callField(call);
    const isShort = Buffer.byteLength(name) <= MAX_NAME_BYTES;
    Atomics.store(this.#header, 1, isShort ? this.#name.write(name) : 0);
    Atomics.add(this.#header, 0, 1);
  }

  leave(): void {
    Atomics.add(this.#header, 0, 1);
  }

  /** `sequence` changes whenever a call begins or ends. `name`: the call's field in the ledger; `null` outside calls. */
  read(): { sequence: number; name: string | null } {
    const sequence = Atomics.load(this.#header, 0);
    const length = Atomics.load(this.#header, 1);
    const name = sequence % 2 === 0 || length === 0 ? null : this.#name.toString('utf8', 0, length);
    return { sequence, name };
  }
}

const allocate = () => ({
  memory: new SharedArrayBuffer(HEADER_BYTES + MAX_NAME_BYTES),
  process: randomUUID(),
});
