/** Which gateways receive the bus of a space: those with a connected user of it. */
import type { Load } from './scenario.ts';

/** The share of each space, in actions and in users. */
export function sharesOf({ spaces, spaceSkew }: Pick<Load, 'spaces' | 'spaceSkew'>): number[] {
  const weights = Array.from({ length: spaces }, (_, index) => 1 / (index + 1) ** spaceSkew);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** The expected number of gateways with at least one of these users. A space without any counts as one gateway's. */
export const hearing = (users: number, gateways: number): number =>
  Math.max(1, gateways * (1 - Math.exp(-users / gateways)));

/** The number of gateways that receive an item, on average over items. */
export const meanHearing = (load: Load, gateways: number): number =>
  sharesOf(load).reduce((mean, share) => mean + share * hearing(load.connections * share, gateways), 0);
