/** The table of the benchmark, and what fails a run. */
import { describe, expect, it, test } from 'vitest';
import { type Figure, failedFigure, isPassed, table } from '../../../bench/figures.ts';
import { markdownTable } from '../../../bench/markdown.ts';

const figure = (changes: Partial<Figure>): Figure => ({
  name: 'fanout.items',
  title: 'items',
  unit: '/s',
  hub: 50,
  bare: 100,
  ratio: 0.5,
  ...changes,
});

/** The cells of the only row, without empty ones. */
const cellsOf = (each: Figure): string[] => table([each]).trim().split('\n').slice(1).join().split(/ {2,}/);

describe('a run', () => {
  it('fails on a missed limit, but not on a missed goal', () => {
    expect(isPassed(figure({ limit: { min: 0.6 } }))).toBe(false);
    expect(isPassed(figure({ limit: { min: 0.5 } }))).toBe(true);
    expect(isPassed(figure({ goal: { min: 0.8 } }))).toBe(true);
  });

  it('fails on a fault, although the limit and the goal are met', () => {
    expect(isPassed(figure({ limit: { min: 0.1 }, goal: { min: 0.1 }, fault: '3 items missing' }))).toBe(
      false,
    );
  });

  it('fails with a section', () => {
    expect(isPassed(failedFigure('fanout', 'no worker'))).toBe(false);
  });

  it('fails on a limit of a figure without a ratio', () => {
    expect(isPassed(figure({ bare: undefined, ratio: undefined, limit: { max: 49 } }))).toBe(false);
    expect(isPassed(figure({ bare: undefined, ratio: undefined, limit: { max: 50 } }))).toBe(true);
  });
});

describe('a row', () => {
  it('shows the spread of the ratio, the rounds, and whether goal and limit are met', () => {
    const spread = { min: 0.4, max: 0.625, rounds: 3 };
    expect(cellsOf(figure({ spread, goal: { min: 0.8 }, limit: { min: 0.3 } }))).toEqual([
      'items',
      '/s',
      '50.0',
      '100',
      '0.50',
      '0.40…0.63',
      '3',
      '≥ 0.8',
      'not met',
      '≥ 0.3',
      'holds',
    ]);
    expect(cellsOf(figure({ ratio: 2, goal: { max: 2 } }))).toContain('met');
    expect(cellsOf(figure({ limit: { min: 0.6 } }))).toContain('MISSED');
  });

  it('says what is missing or doubled', () => {
    expect(cellsOf(figure({ fault: '3 items missing' })).at(-1)).toBe('FAILED: 3 items missing');
  });

  it('shows no value for a section that failed', () => {
    expect(cellsOf(failedFigure('fanout', 'no worker'))).toEqual(['section fanout', 'FAILED: no worker']);
  });
});

test('the table of docs/performance.md has the figures with goals', () => {
  const spread = { min: 0.4, max: 0.6, rounds: 3 };
  const figures = [figure({ spread, goal: { min: 0.8 } }), figure({ title: 'others' })];
  const lines = markdownTable(figures).trim().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[2]).toBe('| items | 50.0 /s | 100 /s | 0.50 | 0.40…0.60 (3) | 0.5 | ≥ 0.8 | not met |');
});
