/**
 * One call that marks 100,000 items as read, compared with one `updateMany` of the same documents with the same indexes. Each round
 * has a feed of its own.
 */
import type { Bench } from '../bench.ts';
import { trackAs } from '../client.ts';
import { alternate, compareRounds } from '../comparison.ts';
import { filledItems } from '../feed-fill.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { insertBatches, RawCollection } from '../raw-collection.ts';
import { faultOf, joinFaults } from '../tally.ts';

export async function marks({ hub, environment, sizes, progress }: Bench): Promise<Figure[]> {
  const { marked, rounds: count } = sizes;
  // The first call creates the collections of the space.
  await trackAs(hub, 'mark', 'project:mark');
  const items = await RawCollection.open(environment, 'items');
  const faults: Array<string | undefined> = [];
  const userOf = (round: number) => `mark-${round}`;
  try {
    progress(`marks: creating ${count} feeds of ${marked} items, twice`);
    for (let round = 1; round <= count; round += 1) {
      const docs = filledItems({ user: userOf(round), size: marked }, 0, marked);
      await insertBatches(items.hub, docs);
      await items.insert(docs);
    }
    const markByHub = async (round: number): Promise<number> => {
      const started = performance.now();
      const { body } = await hub.post(`/v1/users/${userOf(round)}/feed/read`, { all: true });
      const seconds = (performance.now() - started) / 1_000;
      faults.push(
        faultOf('marked items', marked, { distinct: Number((body as { changed: number }).changed) }),
      );
      const left = await items.hub.countDocuments({ user: userOf(round), unread: true });
      if (left > 0) faults.push(`${left} items still unread`);
      return marked / seconds;
    };
    const markByHand = async (round: number): Promise<number> => {
      const started = performance.now();
      const { modifiedCount } = await items.raw.updateMany(
        { user: userOf(round), unread: true },
        { $set: { unread: false, seen: true, pos: Date.now() * 1_000 } },
      );
      const seconds = (performance.now() - started) / 1_000;
      faults.push(faultOf('marked items', marked, { distinct: modifiedCount }));
      return marked / seconds;
    };
    progress(`marks: ${marked} items, ${count} rounds`);
    const rounds = await alternate(count, markByHub, markByHand);
    return [
      {
        name: 'mark.items',
        title: `items marked as read, all ${marked.toLocaleString('en')} in one call`,
        unit: '/s',
        ...compareRounds(rounds),
        goal: goals['mark.items'],
        fault: joinFaults(...faults),
      },
    ];
  } finally {
    await items.drop();
    for (let round = 1; round <= count; round += 1) await items.hub.deleteMany({ user: userOf(round) });
  }
}
