import type { Limit } from './figures.ts';

/** The goals of the figures, by name. A missed goal does not fail the run. docs/performance.md explains each. */
export const goals = {
  'latency.p50': { max: 2 },
  'latency.p99': { max: 3 },
  'half.p50': { max: 4 },
  'half.p99': { max: 6 },
  'fanout.items': { min: 0.8 },
  'fanout.batch': { min: 0.8 },
  'sustained.items': { min: 0.6 },
  'processes.workers': { min: 0.95 },
  'processes.gateways': { min: 0.95 },
  'push.published': { min: 0.7 },
  'regroup.items': { min: 0.7 },
  'mark.items': { min: 0.7 },
  'past.items': { min: 0.6 },
  'reads.pageFew': { max: 2 },
  'reads.pageMany': { max: 2 },
  'reads.pageGrowth': { max: 1.2 },
  'reads.countsFew': { max: 2 },
  'reads.countsMany': { max: 2 },
  'reads.countsGrowth': { max: 1.2 },
  'reads.changesFew': { max: 2 },
  'reads.changesMany': { max: 2 },
  'reads.changesGrowth': { max: 1.2 },
  'connections.memory': { max: 1.2 },
  'connections.rate': { min: 0.7 },
  'storm.seconds': { max: 10 },
  'storm.p99': { max: 2 },
} as const satisfies Record<string, Limit>;

/** The figures before the work on these goals, as far as they were measured. Bare emit to receipt had no item and no indexes. */
export const before: Readonly<Record<string, string>> = {
  'latency.p50': '5 to 6',
  'half.p50': '149 ms',
  'fanout.items': '0.5',
  'push.published': '0.28',
  'regroup.items': '0.27',
  'mark.items': '0.31',
  'reads.pageMany': '963 ms',
};
