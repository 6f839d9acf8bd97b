/** Compares the hub with the bare work in alternating rounds, so that other work of the machine affects both. */
import type { Figure } from './figures.ts';
import { median } from './latencies.ts';

/** The results of one round. */
export interface Round {
  hub: number;
  bare: number;
}

export type Compared = Required<Pick<Figure, 'hub' | 'bare' | 'ratio' | 'spread'>>;

/** The medians of both and of their ratios. The spread is that of the ratios. */
export function compareRounds(rounds: readonly Round[]): Compared {
  const ratios = rounds.map(({ hub, bare }) => hub / bare);
  return {
    hub: median(rounds.map(({ hub }) => hub)),
    bare: median(rounds.map(({ bare }) => bare)),
    ratio: median(ratios),
    spread: { min: Math.min(...ratios), max: Math.max(...ratios), rounds: ratios.length },
  };
}

/** Measures both once per round. The order changes from round to round, so that a drift of the machine favours neither. */
export async function alternate(
  rounds: number,
  hub: (round: number) => Promise<number>,
  bare: (round: number) => Promise<number>,
): Promise<Round[]> {
  const results: Round[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    if (round % 2 === 1) {
      const first = await hub(round);
      results.push({ hub: first, bare: await bare(round) });
    } else {
      const first = await bare(round);
      results.push({ hub: await hub(round), bare: first });
    }
  }
  return results;
}

/** Numbers the rounds from 1. No round begins after the time, so that a slow machine gets fewer of them. */
export function* roundsWithin(rounds: number, milliseconds: number): Generator<number> {
  const started = performance.now();
  for (let round = 1; round <= rounds; round += 1) {
    if (round > 1 && performance.now() - started > milliseconds) return;
    yield round;
  }
}
