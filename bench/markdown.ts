import { type Figure, row } from './figures.ts';
import { before } from './goals.ts';

/** The figures that have a goal, as the table of docs/performance.md. */
export function markdownTable(figures: readonly Figure[]): string {
  const rows = figures
    .filter(({ goal }) => goal !== undefined)
    .map((figure) => {
      const [title = '', unit = '', hub = '', bare = '', ratio = '', range = '', rounds = '', goal, met] =
        row(figure);
      const withUnit = (value: string) => (value === '' ? '' : `${value} ${unit}`.trim());
      const spread = range === '' ? '' : `${range} (${rounds})`;
      const mark = figure.fault === undefined ? met : 'failed';
      return [title, withUnit(hub), withUnit(bare), ratio, spread, before[figure.name] ?? '', goal, mark];
    });
  const lines = [
    ['', 'hub', 'bare', 'ratio', 'min…max (rounds)', 'before', 'goal', ''],
    Array(8).fill('---'),
    ...rows,
  ];
  return lines.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}
