/** What the benchmark found, as a table for people and as one JSON object for machines. */
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Figure {
  /** Stable, for machines: `latency.p50`. */
  name: string;
  title: string;
  unit: 'ms' | '/s' | 'MiB' | 's' | '×' | '';
  /** The hub's. */
  hub: number;
  /** The same work without the hub, measured in the same run. */
  bare?: number;
  /** Of `hub` to `bare`, or of the figure itself where it is a ratio. */
  ratio?: number;
  limit?: Limit;
}

/** A bound for the ratio where there is one, else for the hub's value. */
export type Limit = { most: number } | { least: number };

export const bounded = (figure: Figure): number => figure.ratio ?? figure.hub;

export function holds(figure: Figure): boolean {
  if (figure.limit === undefined) return true;
  const value = bounded(figure);
  return 'most' in figure.limit ? value <= figure.limit.most : value >= figure.limit.least;
}

function formatNumber(value: number | undefined): string {
  if (value === undefined) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatLimit(limit: Limit | undefined): string {
  if (limit === undefined) return '';
  return 'most' in limit ? `≤ ${limit.most}` : `≥ ${limit.least}`;
}

const headings = ['', 'unit', 'hub', 'bare', 'ratio', 'limit', ''];

function row(figure: Figure): string[] {
  return [
    figure.title,
    figure.unit,
    formatNumber(figure.hub),
    formatNumber(figure.bare),
    formatNumber(figure.ratio),
    formatLimit(figure.limit),
    figure.limit === undefined ? '' : holds(figure) ? 'holds' : 'MISSED',
  ];
}

export function table(figures: readonly Figure[]): string {
  const rows = [headings, ...figures.map(row)];
  const widths = headings.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return `${rows.map(line).join('\n')}\n`;
}

export interface Machine {
  node: string;
  system: string;
  processor: string;
  cores: number;
  memoryGiB: number;
  /** Average of the last minute before the run: well below 1, or others took part. */
  load: number;
  /** What the server calls itself, with its version. */
  database: string;
  redis: string;
}

export function machine(database: string, redis: string): Machine {
  const processors = cpus();
  return {
    node: process.version,
    system: `${process.platform} ${release()}`,
    processor: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    load: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    database,
    redis,
  };
}
