/** Splits actions into batches within the protocol's limits, and limits their rate. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ActionInput } from '../protocol/entities.ts';
import { limits } from '../protocol/limits.ts';

/** Leaves room for the rest of the request body. */
const maxBytes = limits.payload - 16_384;
/** The maximum number of requests per second if a rate is set. */
const requestsPerSecond = 20;

/** Yields batches of at most `size` actions, and of no more bytes than the hub accepts. Keeps the order. */
export async function* inBatches(
  actions: AsyncIterable<ActionInput> | Iterable<ActionInput>,
  size: number = limits.batch,
): AsyncGenerator<ActionInput[]> {
  let batch: ActionInput[] = [];
  let bytes = 0;
  for await (const action of actions) {
    const length = Buffer.byteLength(JSON.stringify(action)) + 1;
    if (batch.length === size || (batch.length > 0 && bytes + length > maxBytes)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(action);
    bytes += length;
  }
  if (batch.length > 0) yield batch;
}

/** The number of actions per request at a rate in actions per second. */
export function batchSize(rate: number | undefined): number {
  return rate === undefined
    ? limits.batch
    : Math.min(limits.batch, Math.max(1, Math.ceil(rate / requestsPerSecond)));
}

/** Milliseconds of delay to catch up on. More would cause a burst. */
const maxCatchUp = 1_000;

/** Limits a rate: waits until each batch is due. */
export class RateLimiter {
  readonly #rate: number | undefined;
  #nextAt: number | undefined;

  /** `rate` in actions per second; `undefined`: no limit. */
  constructor(rate: number | undefined) {
    this.#rate = rate;
  }

  async wait(actions: number, signal?: AbortSignal): Promise<void> {
    if (this.#rate === undefined) return;
    const now = performance.now();
    const start = this.#nextAt === undefined ? now : Math.max(this.#nextAt, now - maxCatchUp);
    this.#nextAt = start + (actions / this.#rate) * 1_000;
    if (start > now) await sleep(start - now, undefined, signal ? { signal } : {});
  }
}
