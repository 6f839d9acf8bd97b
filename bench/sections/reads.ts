/**
 * A page of 20, counts, and changes, in a feed of 100 items and in one of 1,000,000, compared with the bare indexed queries through
 * the driver. Samples of both feeds and of both ways alternate.
 */
import type { Bench } from '../bench.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { median } from '../latencies.ts';
import { FeedReader, openReadSpace, UNREAD } from '../read-space.ts';
import { joinFaults } from '../tally.ts';

const CALLS = ['page', 'counts', 'changes'] as const;
type Call = (typeof CALLS)[number];
const TITLES: Record<Call, string> = { page: 'page of 20', counts: 'counts', changes: '20 changes' };
const FEEDS = ['few', 'many'] as const;
type Feed = (typeof FEEDS)[number];

/** Milliseconds: the median of each round. */
type Results = Record<Feed, Round[]>;

export async function reads(bench: Bench): Promise<Figure[]> {
  const { sizes, progress } = bench;
  const space = await openReadSpace(bench);
  const readers = {
    few: await FeedReader.open(space, 'few'),
    many: await FeedReader.open(space, 'many'),
    capped: await FeedReader.open(space, 'capped'),
  };
  try {
    await space.logChanges([readers.few, readers.many]);
    const results: Record<Call, Results> = {
      page: { few: [], many: [] },
      counts: { few: [], many: [] },
      changes: { few: [], many: [] },
    };
    const others = { http: { few: [] as number[], many: [] as number[] }, capped: [] as Round[] };
    for (let round = 0; round <= sizes.readRounds; round += 1) {
      for (const call of CALLS) {
        const found = await measureRound(readers, call, sizes.reads);
        // The first round warms up.
        if (round > 0) for (const feed of FEEDS) results[call][feed].push(found[feed]);
      }
      const http = await alternateCalls(sizes.reads, [
        () => readers.few.pageOverHttp(),
        () => readers.many.pageOverHttp(),
      ]);
      const capped = await alternateCalls(sizes.reads, [
        () => readers.capped.counts(),
        () => readers.capped.bareCounts(),
      ]);
      if (round === 0) continue;
      others.http.few.push(http[0] ?? Number.NaN);
      others.http.many.push(http[1] ?? Number.NaN);
      others.capped.push({ hub: capped[0] ?? Number.NaN, bare: capped[1] ?? Number.NaN });
      progress(`reads: round ${round} of ${sizes.readRounds}`);
    }
    const fault = joinFaults(...Object.values(readers).flatMap((reader) => [...reader.faults]));
    const size = { few: sizes.fewItems, many: sizes.manyItems };
    const label = (feed: Feed) => `${size[feed].toLocaleString('en')} items`;
    return [
      ...CALLS.flatMap((call): Figure[] => {
        const { few, many } = results[call];
        const growth = many.map(({ hub }, index): Round => ({ hub, bare: few[index]?.hub ?? Number.NaN }));
        const figure = (feed: Feed, name: `reads.${Call}${'Few' | 'Many'}`): Figure => ({
          name,
          title: `${TITLES[call]}, ${label(feed)}`,
          unit: 'ms',
          ...compareRounds(results[call][feed]),
          goal: goals[name],
          fault,
        });
        return [
          figure('few', `reads.${call}Few`),
          figure('many', `reads.${call}Many`),
          {
            name: `reads.${call}Growth`,
            title: `${TITLES[call]}, ${label('many')} beside ${label('few')}`,
            unit: 'ms',
            ...compareRounds(growth),
            goal: goals[`reads.${call}Growth`],
          },
        ];
      }),
      {
        name: 'reads.pageHttp',
        title: `page of 20 over HTTP, ${label('many')} beside ${label('few')}`,
        unit: 'ms',
        ...compareRounds(
          others.http.many.map((hub, index) => ({ hub, bare: others.http.few[index] ?? Number.NaN })),
        ),
      },
      {
        name: 'reads.countsCapped',
        title: `counts above the cap, ${(UNREAD.capped ?? 0).toLocaleString('en')} unread`,
        unit: 'ms',
        ...compareRounds(others.capped),
      },
    ];
  } finally {
    for (const reader of Object.values(readers)) reader.close();
    await space.drop();
  }
}

async function measureRound(
  { few, many }: Record<Feed, FeedReader>,
  call: Call,
  samples: number,
): Promise<Record<Feed, Round>> {
  const ways = (reader: FeedReader): Array<() => Promise<void>> => {
    switch (call) {
      case 'page':
        return [() => reader.page(), () => reader.barePage()];
      case 'counts':
        return [() => reader.counts(), () => reader.bareCounts()];
      case 'changes':
        return [() => reader.changes(), () => reader.bareChanges()];
    }
  };
  const times = await alternateCalls(samples, [...ways(few), ...ways(many)]);
  const [fewHub = Number.NaN, fewBare = Number.NaN, manyHub = Number.NaN, manyBare = Number.NaN] = times;
  return { few: { hub: fewHub, bare: fewBare }, many: { hub: manyHub, bare: manyBare } };
}

/** Makes the calls in turn. Returns the median milliseconds of each. */
async function alternateCalls(samples: number, calls: ReadonlyArray<() => Promise<void>>): Promise<number[]> {
  const times = calls.map((): number[] => []);
  for (let sample = 0; sample < samples; sample += 1) {
    for (const [index, call] of calls.entries()) {
      const started = performance.now();
      await call();
      times[index]?.push(performance.now() - started);
    }
  }
  return times.map(median);
}
