/** The sections of the benchmark, in the order in which they run. */
import type { Section } from './bench.ts';
import { audiences } from './sections/audiences.ts';
import { backfill } from './sections/backfill.ts';
import { connections } from './sections/connections.ts';
import { crowd } from './sections/crowd.ts';
import { fanout } from './sections/fanout.ts';
import { halfRate } from './sections/half-rate.ts';
import { inbox } from './sections/inbox.ts';
import { ingest } from './sections/ingest.ts';
import { latency } from './sections/latency.ts';
import { marks } from './sections/marks.ts';
import { overload } from './sections/overload.ts';
import { processes } from './sections/processes.ts';
import { push } from './sections/push.ts';
import { reads } from './sections/reads.ts';
import { regroup } from './sections/regroup.ts';
import { store } from './sections/store.ts';
import { storm } from './sections/storm.ts';
import { sustained } from './sections/sustained.ts';

export const sections: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['latency', latency],
  ['sustained', sustained],
  ['half', halfRate],
  ['processes', processes],
  ['fanout', fanout],
  ['regroup', regroup],
  ['marks', marks],
  ['backfill', backfill],
  ['ingest', ingest],
  ['push', push],
  ['connections', connections],
  ['storm', storm],
  ['reads', reads],
  ['audiences', audiences],
  ['store', store],
  ['inbox', inbox],
]);

/** Fairness under load. It runs only by name: it takes minutes and the whole machine. */
export const loadSections: ReadonlyMap<string, Section> = new Map<string, Section>([
  ['overload', overload],
  ['crowd', crowd],
]);
