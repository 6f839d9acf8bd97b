/** What clients show, whatever happens at once, is what the hub has. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { markFeed } from '../../../core/feed/mark.ts';
import { markInput } from '../../../protocol/schemas/calls.ts';
import { principal } from '../../support/memory/hub.ts';
import { Client } from '../../support/model/client.ts';
import { queued, queuedHub } from '../../support/model/queued-hub.ts';
import * as world from '../../support/model/world.ts';

// So small that answers end before all is said, and marks take several steps.
vi.mock(import('../../../protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, changes: 3 as never, marks: 3 as never } };
});

const act = fc.oneof(
  fc.record({ do: fc.constant('sync' as const) }),
  fc.record({ do: fc.constant('list' as const) }),
  fc.record({
    do: fc.constant('mark' as const),
    mark: fc.constantFrom('read' as const, 'unread' as const, 'seen' as const),
    // Places in what the client shows; none: all of it.
    places: fc.option(fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  }),
);
const acts = fc.array(act, { maxLength: 4 });
const losses = fc.array(fc.nat(1), { maxLength: 2 });
const waits = fc.array(fc.constantFrom(1, 20_000, 31_000), { maxLength: 4 });
const bounds = fc.option(world.bounds, { nil: undefined });

const scene = fc.record({ work: queued, cut: bounds, acts: fc.tuple(acts, acts, acts), losses, waits });
type Scene = typeof scene extends fc.Arbitrary<infer T> ? T : never;

/** Lets two workers, two connected clients and one that only asks do what they do at once. */
async function play({ work, cut, acts, losses, waits }: Scene, scheduler: fc.Scheduler) {
  const step = () => scheduler.schedule(Promise.resolve());
  const driven = await queuedHub({ bounds: cut, pause: step }, work);
  const { hub } = driven;
  const clients = acts.map(() => new Client('ada', hub.process(step)));
  const [first, second, poller] = clients;
  const connected = clients.filter((client) => client !== poller);
  hub.bus.listen(({ message }) => {
    for (const client of connected) {
      client.send(message);
      void step().then(() => client.deliver());
    }
  });
  const live = async (client: Client | undefined, all: (typeof acts)[number]) => {
    await client?.list();
    for (const each of all) {
      await step();
      if (each.do !== 'mark') await client?.[each.do]();
      else await mark(hub.process(step), client?.ids ?? [], each);
    }
  };
  const lose = async () => {
    for (const which of losses) {
      await step();
      connected[which]?.lose();
    }
  };
  const wait = async () => {
    for (const each of waits) {
      await step();
      hub.time.advance(each);
    }
  };
  const lives = [live(first, acts[0]), live(second, acts[1]), live(poller, acts[2])];
  const workers = [hub.work(hub.process(step)), hub.work(hub.process(step), 1)];
  await scheduler.waitFor(Promise.all([...lives, ...workers, lose(), wait()]));
  await scheduler.waitIdle();
  const fresh = new Client('ada', hub.deps);
  await fresh.list();
  return { clients, connected, fresh: fresh.shown() };
}

async function mark(
  deps: Parameters<typeof markFeed>[0],
  shown: readonly string[],
  { mark, places }: Extract<typeof act extends fc.Arbitrary<infer T> ? T : never, { do: 'mark' }>,
): Promise<void> {
  const ids = places?.flatMap((place) => shown[place] ?? []);
  if (ids?.length === 0) return;
  const input = markInput.parse(ids ? { ids } : { all: true });
  await markFeed(deps, principal('ada'), { user: 'ada', mark, input, origin: null });
}

describe('a client', () => {
  it('shows what the hub has as long as no push was lost, and otherwise after the changes', async () => {
    await fc.assert(
      fc.asyncProperty(scene, fc.scheduler(), async (all, scheduler) => {
        const { clients, connected, fresh } = await play(all, scheduler);
        for (const client of connected) if (client.isCurrent) expect(client.shown()).toEqual(fresh);
        for (const client of clients) {
          await scheduler.waitFor(client.sync());
          expect(client.shown()).toEqual(fresh);
        }
      }),
      { numRuns: 300 },
    );
  });
});
