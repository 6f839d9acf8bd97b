/**
 * Pushes to 5,000 connected users: from the publication of an action's items until the last receipt, compared with a bare Socket.IO
 * server that emits the same event to 5,000 rooms of one user. The hub's messages are those that its worker publishes.
 */
import { groupItems } from '../../core/model/item-groups.ts';
import { fromLiveDoc, isLive } from '../../infra/mongo/actions/document.ts';
import { toItem } from '../../infra/mongo/items/document.ts';
import { RedisBus } from '../../infra/redis/bus.ts';
import { Shards } from '../../infra/redis/shards.ts';
import { audienceOf } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { startChild } from '../child.ts';
import { Clients } from '../clients.ts';
import { alternate, compareRounds } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { median } from '../latencies.ts';
import { hubCollection, itemsFilter } from '../raw-collection.ts';
import { joinFaults } from '../tally.ts';

const EMIT_MS = 60_000;
/** Items of one message, as the writer publishes them. */
const CHUNK = 1_000;
const ROUNDS = 7;

export async function push(bench: Bench): Promise<Figure[]> {
  const { hub, environment, sizes, progress } = bench;
  const audience = await audienceOf(environment, sizes.connected);
  const users = Array.from({ length: audience.size }, (_, n) => audience.user(n));
  const bareServer = await startChild('bare/server.ts', {});
  const secret = environment.env.HUBBUB_JWT_SECRET;
  const clients = {
    hub: await Clients.start({ url: hub.url, users, secret }),
    bare: await Clients.start({ url: bareServer.url, users }),
  };
  const faults: Array<string | undefined> = [];
  const logged: number[] = [];
  let sample = '';
  try {
    progress(`push: connecting ${users.length} users twice`);
    await clients.hub.open(users.length);
    await clients.bare.open(users.length);

    /** Logs an action and waits for its receipts. */
    const logOne = async (n: number): Promise<string> => {
      const marker = `Pushed ${n}`;
      const log = () =>
        hub.log({ actor: 'user:push', verb: 'closed', related: audience.ref, data: { title: marker } });
      let ids: string[] = [];
      const received = await clients.hub.receive(marker, async () => {
        ids = (await log()).ids;
      });
      faults.push(received.fault);
      logged.push(received.milliseconds);
      sample = received.sample ?? '';
      return ids[0] ?? '';
    };
    let action = '';
    for (let n = 1; n <= sizes.rounds; n += 1) action = await logOne(n);

    const publish = await republish(bench, action);
    const emit = () => bareServer.request({ kind: 'emit', users, action, push: sample }, 'emitted', EMIT_MS);
    const measure = async (kind: 'hub' | 'bare', work: () => Promise<unknown>): Promise<number> => {
      const { milliseconds, fault } = await clients[kind].receive(action, work);
      faults.push(fault);
      return users.length / (milliseconds / 1_000);
    };
    await measure('hub', publish);
    await measure('bare', emit);
    progress('push: publishing');
    const rounds = await alternate(
      ROUNDS,
      () => measure('hub', publish),
      () => measure('bare', emit),
    );
    const label = `to ${users.length.toLocaleString('en')} connected users`;
    const fault = joinFaults(...faults);
    return [
      {
        name: 'push.published',
        title: `pushes ${label}`,
        unit: '/s',
        ...compareRounds(rounds),
        goal: goals['push.published'],
        fault,
      },
      {
        name: 'push.logged',
        title: `from log to the last receipt, ${label}`,
        unit: 'ms',
        hub: median(logged),
        fault,
      },
    ];
  } finally {
    await clients.hub.stop();
    await clients.bare.stop();
    await bareServer.stop();
  }
}

/** Returns a function that publishes the items of this action again, as the worker did. */
async function republish({ environment }: Bench, action: string): Promise<() => Promise<void>> {
  const docs = await hubCollection(environment, 'items')
    .find(itemsFilter([action]))
    .toArray();
  const stored = docs.flatMap((doc) => toItem(doc) ?? []);
  const actionDoc = await hubCollection(environment, 'actions').findOne({ _id: action });
  if (actionDoc === null || !isLive(actionDoc)) throw new Error(`the action ${action} is not stored`);
  const actions = [fromLiveDoc(actionDoc)];
  const chunks = Array.from({ length: Math.ceil(stored.length / CHUNK) }, (_, n) =>
    groupItems(stored.slice(n * CHUNK, (n + 1) * CHUNK)),
  );
  const bus = new RedisBus(environment.redis, new Shards(1));
  return async () => {
    for (const groups of chunks) await bus.publish('default', { kind: 'items', groups, actions });
  };
}
