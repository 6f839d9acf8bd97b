/**
 * A reconnect storm: 5,000 clients lose their connections, miss an action, reconnect at once and request what they missed. A
 * user in between measures emit to receipt, before the storm and during it.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { audienceOf } from '../audience.ts';
import type { Bench } from '../bench.ts';
import { Clients } from '../clients.ts';
import { compareRounds, roundsWithin } from '../comparison.ts';
import type { Figure } from '../figures.ts';
import { goals } from '../goals.ts';
import { Latencies, median } from '../latencies.ts';
import { Probe } from '../probe.ts';
import { faultOf, joinFaults } from '../tally.ts';

const INTERVAL_MS = 20;
/** No further round begins after this time. */
const ROUNDS_MS = 30_000;

export async function storm({ hub, environment, sizes, progress }: Bench): Promise<Figure[]> {
  const audience = await audienceOf(environment, sizes.connected);
  const users = Array.from({ length: audience.size }, (_, n) => audience.user(n));
  const secret = environment.env.HUBBUB_JWT_SECRET;
  const clients = await Clients.start({ url: hub.url, users, secret, isRemote: true });
  const probe = await Probe.start(hub, INTERVAL_MS);
  const rounds: Array<{ quiet: Latencies; during: Latencies; seconds: number; repeated: number }> = [];
  const faults: Array<string | undefined> = [];
  try {
    await clients.open(users.length);
    await probe.runSerially(sizes.warmUp, new Latencies());
    for (const round of roundsWithin(sizes.rounds, ROUNDS_MS)) {
      const quiet = await probe.run(delay(sizes.quietMs));
      await clients.disconnect();
      const marker = `Missed ${round}`;
      const missed = { actor: 'user:storm', verb: 'closed', related: audience.ref, data: { title: marker } };
      await hub.logAndWait(missed, `storm-${round}`);
      const resuming = clients.catchUp(marker);
      const during = await probe.run(resuming);
      const { seconds, fault, repeated } = await resuming;
      faults.push(fault);
      rounds.push({ quiet, during, seconds, repeated });
      progress(`storm: round ${round} of ${sizes.rounds}, ${seconds.toFixed(1)} s`);
    }
  } finally {
    probe.close();
    await clients.stop();
  }
  const { count, doubled } = probe;
  const fault = joinFaults(
    ...faults,
    faultOf('receipts', count, { distinct: count - probe.refused, doubled }),
  );
  const compare = (share: number) =>
    compareRounds(
      rounds.map(({ quiet, during }) => ({ hub: during.percentile(share), bare: quiet.percentile(share) })),
    );
  const label = `${users.length.toLocaleString('en')} resume at once`;
  return [
    {
      name: 'storm.seconds',
      title: `${label}: until all are caught up`,
      unit: 's',
      hub: median(rounds.map(({ seconds }) => seconds)),
      goal: goals['storm.seconds'],
      fault,
    },
    {
      name: 'storm.p99',
      title: '… emit to receipt of another user, p99, beside before',
      unit: 'ms',
      ...compare(99),
      goal: goals['storm.p99'],
      fault,
    },
    { name: 'storm.p50', title: '… p50', unit: 'ms', ...compare(50) },
    {
      name: 'storm.repeated',
      title: '… repeated attempts to connect',
      unit: '',
      hub: median(rounds.map(({ repeated }) => repeated)),
    },
  ];
}
