/**
 * 1,000 actors with 10 followers each log through 50 sockets at full speed: items per second until all feeds are up to date,
 * compared with raw `insertMany` of the same actions and items.
 */
import {
  ACTORS,
  ActorLoad,
  createActors,
  FOLLOWERS,
  rememberRate,
  runFlatOut,
  SOCKETS,
  warmUp,
} from '../actor-load.ts';
import type { Bench } from '../bench.ts';
import { compareRounds, type Round } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { median } from '../latencies.ts';
import { itemsFilter, RawCollection } from '../raw-collection.ts';
import { faultOf, joinFaults } from '../tally.ts';

export async function sustained(bench: Bench): Promise<Figure[]> {
  const { hub, environment, sizes, progress } = bench;
  await createActors(environment);
  const load = await ActorLoad.toHub(hub);
  const items = await RawCollection.open(environment, 'items');
  const actions = await RawCollection.open(environment, 'actions');
  const rounds: Round[] = [];
  const faults: Array<string | undefined> = [];
  const rates: number[] = [];
  try {
    await warmUp(bench, load);
    for (let round = 1; round <= sizes.rounds; round += 1) {
      const { perSecond, ids } = await runFlatOut(bench, load, sizes.sustainedActions);
      const itemDocs = await items.hub.find(itemsFilter(ids)).toArray();
      const actionDocs = await actions.hub.find({ _id: { $in: ids } }).toArray();
      faults.push(
        faultOf('actions', ids.length, { distinct: actionDocs.length }),
        faultOf('items', ids.length * FOLLOWERS, { distinct: itemDocs.length }),
      );
      const seconds = (await actions.insert(actionDocs)) + (await items.insert(itemDocs));
      rates.push(perSecond);
      rounds.push({ hub: perSecond * FOLLOWERS, bare: itemDocs.length / seconds });
      progress(`sustained: round ${round} of ${sizes.rounds}, ${Math.round(perSecond)} actions/s`);
    }
  } finally {
    load.close();
    await items.drop();
    await actions.drop();
  }
  rememberRate(environment, median(rates));
  const label = `${ACTORS.toLocaleString('en')} actors × ${FOLLOWERS} followers, ${SOCKETS} sockets`;
  return [
    {
      name: 'sustained.items',
      title: `items, ${label}`,
      unit: '/s',
      ...compareRounds(rounds),
      goal: goals['sustained.items'],
      fault: joinFaults(...faults),
    },
    { name: 'sustained.actions', title: '… actions', unit: '/s', hub: median(rates) },
  ];
}
