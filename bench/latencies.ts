/** A histogram of latencies in milliseconds, stored as microseconds with three significant digits. */
import { build } from 'hdr-histogram-js';

export class Latencies {
  readonly #histogram = build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: 120_000_000,
    numberOfSignificantValueDigits: 3,
  });

  add(milliseconds: number): void {
    this.#histogram.recordValue(Math.max(1, Math.round(milliseconds * 1_000)));
  }

  get count(): number {
    return this.#histogram.totalCount;
  }

  /** `share` is in percent, such as `percentile(99)`. */
  percentile(share: number): number {
    return this.#histogram.getValueAtPercentile(share) / 1_000;
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}
