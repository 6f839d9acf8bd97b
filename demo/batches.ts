/** Puts actions into batches within the protocol's bounds, and lets them through at a chosen rate. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionInput } from '../protocol/entities.ts';
import { limits } from '../protocol/limits.ts';

/** Leaves room for what stands around the actions. */
const mostBytes = limits.payload - 16_384;
/** How many requests a second are made at most where a rate is given. */
const requestsPerSecond = 20;

/** At most `size` actions, and no more bytes than the hub takes. Order is kept. */
export async function* inBatches(
  actions: AsyncIterable<ActionInput> | Iterable<ActionInput>,
  size: number = limits.batch,
): AsyncGenerator<ActionInput[]> {
  let batch: ActionInput[] = [];
  let bytes = 0;
  for await (const action of actions) {
    const length = Buffer.byteLength(JSON.stringify(action)) + 1;
    if (batch.length === size || (batch.length > 0 && bytes + length > mostBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(action);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

/** How many actions go into one request at a rate (actions per second). */
export function batchSize(rate: number | undefined): number {
  return rate === undefined
    ? limits.batch
    : Math.min(limits.batch, Math.max(1, Math.ceil(rate / requestsPerSecond)));
}

/** Milliseconds of delay that are made up for; more would end in a rush. */
const mostCatchUp = 1_000;

/** Keeps a rate: waits before each batch until it is due. */
export class Pace {
  readonly #rate: number | undefined;
  #due: number | undefined;

  /** `rate` in actions per second; without one nothing waits. */
  constructor(rate: number | undefined) {
    this.#rate = rate;
  }

  async wait(actions: number, signal?: AbortSignal): Promise<void> {
    if (this.#rate === undefined) return;
    const now = performance.now();
    const start = this.#due === undefined ? now : Math.max(this.#due, now - mostCatchUp);
    this.#due = start + (actions / this.#rate) * 1_000;
    if (start > now) await sleep(start - now, undefined, signal ? { signal } : {});
  }
}
