/**
 * An action that groups with an earlier one, which is in 10,000 feeds: all items move up and are unread again. It is compared with
 * one `updateMany` of the same documents with the same indexes.
 */
import { audienceOf } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { alternate, compareRounds } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { hubCollection, itemsFilter, RawCollection } from '../raw-collection.ts';
import { faultOf, joinFaults } from '../tally.ts';

const ROUNDS = 5;
const GROUPING_S = 3_600;

export async function regroup({ hub, environment, sizes, progress }: Bench): Promise<Figure[]> {
  const audience = await audienceOf(environment, sizes.fewTrackers);
  const action = {
    actor: 'user:regroup',
    verb: 'closed',
    targets: 'issue:regroup',
    related: audience.ref,
    groupingDelay: GROUPING_S,
  };
  const { ids } = await hub.logAndWait(action, 'regroup-0');
  const filter = itemsFilter(ids);
  const items = await RawCollection.open(environment, 'items');
  const faults: Array<string | undefined> = [];
  try {
    await items.insert(await items.hub.find(filter).toArray());
    const check = (distinct: number) => faults.push(faultOf('regrouped items', audience.size, { distinct }));

    const regroupByHub = async (round: number): Promise<number> => {
      const started = performance.now();
      await hub.logAndWait(action, `regroup-${round}`);
      const seconds = (performance.now() - started) / 1_000;
      const stored = await hubCollection(environment, 'actions').findOne({ _id: ids[0] ?? '' });
      check(await items.hub.countDocuments({ ...filter, rev: stored?.rev ?? -1, unread: true }));
      return audience.size / seconds;
    };
    const regroupByHand = async (): Promise<number> => {
      const position = Date.now() * 1_000;
      const bump = { rev: position, pos: position, entered: position, at: new Date() };
      const started = performance.now();
      const { modifiedCount } = await items.raw.updateMany(
        { ...filter, user: { $exists: true }, rev: { $lt: position }, pos: { $lt: position } },
        { $set: { ...bump, unread: true, seen: false } },
      );
      const seconds = (performance.now() - started) / 1_000;
      check(modifiedCount);
      return audience.size / seconds;
    };
    progress(`regroup: ${audience.size} items, ${ROUNDS} rounds`);
    await regroupByHub(-1);
    await regroupByHand();
    const rounds = await alternate(ROUNDS, regroupByHub, regroupByHand);
    return [
      {
        name: 'regroup.items',
        title: `regrouped items, an action in ${audience.size.toLocaleString('en')} feeds`,
        unit: '/s',
        ...compareRounds(rounds),
        goal: goals['regroup.items'],
        fault: joinFaults(...faults),
      },
    ];
  } finally {
    await items.drop();
  }
}
