/**
 * Very large audiences: one action to 1,000 and to 100,000 followers, and to 1,000,000 if the section runs by name. A hundred of
 * them, evenly distributed, are connected. It prints when the first and the last of these see it, when all feeds are up to date,
 * how many items are stored, and the time of a follower's page meanwhile.
 */
import { until } from '../../dev/until.ts';
import { type Audience, audienceOf } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { median } from '../latencies.ts';
import { isItemWith, RawClient } from '../raw-client.ts';
import { hubCollection, itemsFilter } from '../raw-collection.ts';
import { joinFaults, Tally } from '../tally.ts';

const CONNECTED = 100;
/** Followers whose feeds are read afterwards. */
const CHECKED = 20;
const RECEIPTS_MS = 10_000;
const QUIET_PAGES = 50;
/** Larger audiences are measured once, without a warm-up. */
const MAX_REPEATED = 100_000;

interface Reached {
  /** Milliseconds. */
  first: number;
  last: number;
  all: number;
  items: number;
  fault: string | undefined;
  /** The median page. Without one, the fan-out was faster than a page. */
  page: number;
}

export async function audiences(bench: Bench): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const size of bench.sizes.audiences) figures.push(...(await measureAudience(bench, size)));
  return figures;
}

async function measureAudience(bench: Bench, size: number): Promise<Figure[]> {
  const { hub, environment, sizes, progress } = bench;
  progress(`audiences: ${size.toLocaleString('en')} followers`);
  const audience = await audienceOf(environment, size);
  const connected = Array.from({ length: CONNECTED }, (_, n) =>
    audience.user(Math.floor((n * size) / CONNECTED)),
  );
  const clients = new Map<string, RawClient>();
  try {
    for (const [n, user] of connected.entries()) {
      clients.set(user, await RawClient.open(hub.url, { token: await hub.token(user) }, `10.9.0.${n}`));
    }
    const [reader] = clients.values();
    if (reader === undefined) throw new Error('no follower is connected');
    const count = size > MAX_REPEATED ? 1 : sizes.rounds;
    if (count > 1) await reach(bench, audience, clients, 0);
    const quiet: number[] = [];
    for (let n = 0; n < QUIET_PAGES; n += 1) quiet.push(await readPage(reader));
    const rounds: Reached[] = [];
    for (let round = 1; round <= count; round += 1) rounds.push(await reach(bench, audience, clients, round));
    const label = `${size.toLocaleString('en')} followers`;
    const fault = joinFaults(...rounds.map((round) => round.fault));
    const value = (kind: 'first' | 'last' | 'all' | 'items') => median(rounds.map((round) => round[kind]));
    const during = rounds.filter(({ page }) => !Number.isNaN(page));
    const name = `audiences.${size}`;
    return [
      {
        name: `${name}.first`,
        title: `${label}: first of ${CONNECTED} connected`,
        unit: 'ms',
        hub: value('first'),
      },
      { name: `${name}.last`, title: '… last of them', unit: 'ms', hub: value('last'), fault },
      { name: `${name}.all`, title: '… all feeds up to date', unit: 'ms', hub: value('all') },
      { name: `${name}.writes`, title: '… items stored per action', unit: '', hub: value('items') },
      {
        name: `${name}.page`,
        title: '… page of a follower meanwhile, beside before',
        unit: 'ms',
        ...(during.length > 0
          ? compareRounds(during.map(({ page }): Round => ({ hub: page, bare: median(quiet) })))
          : { hub: Number.NaN, bare: median(quiet) }),
      },
    ];
  } finally {
    for (const client of clients.values()) client.close();
  }
}

async function reach(
  { hub, environment }: Bench,
  audience: Audience,
  clients: ReadonlyMap<string, RawClient>,
  round: number,
): Promise<Reached> {
  const marker = `Reached ${audience.size} ${round}`;
  const receipts = new Tally('receipts', clients.size);
  const times: number[] = [];
  let started = 0;
  for (const [user, client] of clients) {
    client.onEvent = (packet) => {
      if (!isItemWith(packet, marker)) return;
      receipts.add(user);
      times.push(performance.now() - started);
    };
  }
  const [reader] = clients.values();
  const action = { actor: 'user:audience', verb: 'closed', related: audience.ref, data: { title: marker } };
  started = performance.now();
  let all = 0;
  const logging = hub.logAndWait(action, marker).then((response) => {
    all = performance.now() - started;
    return response;
  });
  const pages: number[] = [];
  while (all === 0 && reader !== undefined) pages.push(await readPage(reader));
  const { ids } = await logging;
  // A missing receipt is a fault of the figure.
  await until(() => receipts.isComplete, 'all receipts', RECEIPTS_MS).catch(() => undefined);
  const items = await hubCollection(environment, 'items').countDocuments(itemsFilter(ids));
  const checked = new Tally('feeds with the action', CHECKED);
  for (let n = 0; n < CHECKED; n += 1) {
    const user = audience.user(Math.floor(((n + 0.5) * audience.size) / CHECKED));
    if (JSON.stringify(await hub.get(`/v1/users/${user}/feed?limit=5`)).includes(marker)) checked.add(user);
  }
  const tooMany = items > audience.size ? `${items - audience.size} items too many` : undefined;
  return {
    first: Math.min(...times),
    last: Math.max(...times),
    all,
    items,
    fault: joinFaults(receipts.fault, checked.fault, tooMany),
    page: pages.length > 1 ? median(pages.slice(0, -1)) : Number.NaN,
  };
}

/** Returns milliseconds. */
async function readPage(client: RawClient): Promise<number> {
  const started = performance.now();
  await client.call('feed:list', { limit: 20 });
  return performance.now() - started;
}
