/** Random numbers that depend only on a seed, and the distributions of the simulation. */

/** Returns the next number, from 0 to below 1. */
export type Random = () => number;

/** The generator "mulberry32". */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The time between events that arrive independently of each other. */
export const exponential = (random: Random, mean: number): number => -mean * Math.log(1 - random());

/** Returns a function that picks one of `count` indexes. Index n has the weight `1 / (n + 1) ** skew`. */
export function zipf(count: number, skew: number): (random: Random) => number {
  const sums: number[] = [];
  let sum = 0;
  for (let index = 0; index < count; index += 1) {
    sum += 1 / (index + 1) ** skew;
    sums.push(sum);
  }
  return (random) => {
    const wanted = random() * sum;
    let [low, high] = [0, count - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? sum) > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  };
}

/** A power law between two bounds (a bounded Pareto distribution). The smaller the exponent, the heavier the tail. */
export interface PowerLaw {
  min: number;
  max: number;
  exponent: number;
}

export function powerLaw(random: Random, { min, max, exponent }: PowerLaw): number {
  const ratio = (min / max) ** exponent;
  return min / (1 - random() * (1 - ratio)) ** (1 / exponent);
}

/** The mean of a power law. Its exponent must not be 1. */
export function meanOf({ min, max, exponent }: PowerLaw): number {
  const ratio = (min / max) ** exponent;
  return ((exponent * min) / ((exponent - 1) * (1 - ratio))) * (1 - (min / max) ** (exponent - 1));
}
