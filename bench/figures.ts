/** The figures of the benchmark, as a table and as JSON. */
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Figure {
  /** A stable name for machines, such as `latency.p50`. */
  name: string;
  title: string;
  unit: 'ms' | '/s' | 'MiB' | 'KiB' | 's' | '×' | '';
  /** The value of the hub. */
  hub: number;
  /** The same work without the hub, measured in the same run. */
  bare?: number;
  /** `hub` divided by `bare`, or the figure itself if it is a ratio. */
  ratio?: number;
  /** The smallest and the largest ratio, and the number of rounds. `ratio` is the median. */
  spread?: { min: number; max: number; rounds: number };
  /** A limit against regressions. Missing it fails the run. */
  limit?: Limit;
  /** A missed goal does not fail the run. */
  goal?: Limit;
  /** The results that are missing or doubled. They fail the run. */
  fault?: string;
}

/** A limit of the ratio if there is one, otherwise of the hub's value. */
export type Limit = { max: number } | { min: number };

export const limitedValue = (figure: Figure): number => figure.ratio ?? figure.hub;

function isWithin(figure: Figure, limit: Limit | undefined): boolean {
  if (limit === undefined) return true;
  const value = limitedValue(figure);
  return 'max' in limit ? value <= limit.max : value >= limit.min;
}

/** Whether the figure is valid and within its limit. */
export const isPassed = (figure: Figure): boolean =>
  figure.fault === undefined && isWithin(figure, figure.limit);

/** A figure without a result: its section failed. */
export const failedFigure = (section: string, fault: string): Figure => ({
  name: `${section}.failed`,
  title: `section ${section}`,
  unit: '',
  hub: Number.NaN,
  fault,
});

function formatNumber(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

function formatLimit(limit: Limit | undefined): string {
  if (limit === undefined) return '';
  return 'max' in limit ? `≤ ${limit.max}` : `≥ ${limit.min}`;
}

const headings = ['', 'unit', 'hub', 'bare', 'ratio', 'min…max', 'rounds', 'goal', '', 'limit', ''];

/** The cells of the table, in the order of its headings. */
export function row(figure: Figure): string[] {
  const { spread, goal, limit, fault } = figure;
  return [
    figure.title,
    figure.unit,
    formatNumber(figure.hub),
    formatNumber(figure.bare),
    formatNumber(figure.ratio),
    spread === undefined ? '' : `${formatNumber(spread.min)}…${formatNumber(spread.max)}`,
    spread === undefined ? '' : String(spread.rounds),
    formatLimit(goal),
    goal === undefined ? '' : isWithin(figure, goal) ? 'met' : 'not met',
    formatLimit(limit),
    fault === undefined ? limitMark(figure) : `FAILED: ${fault}`,
  ];
}

function limitMark(figure: Figure): string {
  if (figure.limit === undefined) return '';
  return isWithin(figure, figure.limit) ? 'holds' : 'MISSED';
}

export function table(figures: readonly Figure[]): string {
  return alignColumns([headings, ...figures.map(row)], (column) => column < 2 || column === 10);
}

/** A line for each row. Columns with numbers are aligned to the right. */
export function alignColumns(
  rows: ReadonlyArray<readonly string[]>,
  isText: (column: number) => boolean,
): string {
  const width = (column: number) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0));
  const widths = (rows[0] ?? []).map((_, column) => width(column));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isText(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
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
  /** The load average of the minute before the run. If it is not well below 1, other programs disturb the run. */
  load: number;
  /** Name and version of the server. */
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
