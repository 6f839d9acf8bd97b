/** Clients converge to the hub's state, whatever happens concurrently. */
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { endDueSnoozes } from '../../../../../core/feed/write/end-snoozes.ts';
import { markFeed } from '../../../../../core/feed/write/mark.ts';
import { snoozeItems } from '../../../../../core/feed/write/snooze.ts';
import { markInput, snoozeInput } from '../../../../../protocol/schemas/calls.ts';
import { principal, SPACE } from '../../../../support/memory/hub.ts';
import { Client } from '../../../../support/model/client.ts';
import { queued, queuedHub } from '../../../../support/model/queued-hub.ts';
import * as world from '../../../../support/model/world.ts';

// Small limits, so that changes need several responses and marks several steps.
vi.mock(import('../../../../../protocol/limits.ts'), async (original) => {
  const { limits } = await original();
  return { limits: { ...limits, changes: 3 as never, marks: 3 as never } };
});

const clientStep = fc.oneof(
  fc.record({ do: fc.constant('sync' as const) }),
  fc.record({ do: fc.constant('list' as const) }),
  fc.record({
    do: fc.constant('mark' as const),
    mark: fc.constantFrom(
      'read' as const,
      'unread' as const,
      'seen' as const,
      'archive' as const,
      'archive' as const,
      'unarchive' as const,
      'snooze' as const,
      'snooze' as const,
    ),
    // Indexes of shown items; `undefined` marks all.
    indexes: fc.option(fc.uniqueArray(fc.nat(4), { minLength: 1, maxLength: 3 }), { nil: undefined }),
  }),
);
const clientSteps = fc.array(clientStep, { maxLength: 4 });
const disconnects = fc.array(fc.nat(1), { maxLength: 2 });
const delays = fc.array(fc.constantFrom(1, 20_000, 31_000), { maxLength: 4 });
/** Less than the first delay after it, so that some snoozes end. */
const SNOOZE_MS = 10_000;
const bounds = fc.option(world.bounds, { nil: undefined });

const scenario = fc.record({
  queuedWork: queued,
  bounds,
  steps: fc.tuple(clientSteps, clientSteps, clientSteps),
  disconnects,
  delays,
});
type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

/** Runs two workers, two that return snoozed items, two connected clients and one polling client concurrently. */
async function runScenario(
  { queuedWork, bounds, steps, disconnects, delays }: Scenario,
  scheduler: fc.Scheduler,
) {
  const step = () => scheduler.schedule(Promise.resolve());
  const drivenHub = await queuedHub({ bounds, pause: step }, queuedWork);
  const { hub } = drivenHub;
  const clients = steps.map(() => new Client('ada', hub.process(step)));
  const [first, second, poller] = clients;
  const connected = clients.filter((client) => client !== poller);
  hub.bus.listen(({ message }) => {
    for (const client of connected) {
      client.send(message);
      void step().then(() => client.deliver());
    }
  });
  const run = async (client: Client | undefined, all: (typeof steps)[number]) => {
    await client?.list();
    for (const each of all) {
      await step();
      if (each.do !== 'mark') await client?.[each.do]();
      else await mark(hub.process(step), client?.ids ?? [], each);
    }
  };
  const disconnect = async () => {
    for (const which of disconnects) {
      await step();
      connected[which]?.disconnect();
    }
  };
  const advanceTime = async () => {
    for (const each of delays) {
      await step();
      hub.time.advance(each);
    }
  };
  const endSnoozes = async () => {
    for (let round = 0; round < 3; round += 1) {
      await step();
      await endDueSnoozes(hub.process(step), SPACE);
    }
  };
  const clientRuns = [run(first, steps[0]), run(second, steps[1]), run(poller, steps[2])];
  const workers = [hub.work(hub.process(step)), hub.work(hub.process(step), 1)];
  const others = [disconnect(), advanceTime(), endSnoozes(), endSnoozes()];
  await scheduler.waitFor(Promise.all([...clientRuns, ...workers, ...others]));
  await scheduler.waitIdle();
  const fresh = new Client('ada', hub.deps);
  await fresh.list();
  return { clients, connected, fresh: fresh.shown() };
}

async function mark(
  deps: Parameters<typeof snoozeItems>[0],
  shown: readonly string[],
  { mark, indexes }: Extract<typeof clientStep extends fc.Arbitrary<infer T> ? T : never, { do: 'mark' }>,
): Promise<void> {
  const ids = indexes?.flatMap((index) => shown[index] ?? []);
  if (ids?.length === 0) return;
  const call = { user: 'ada', origin: null };
  if (mark !== 'snooze') {
    const input = markInput.parse(ids ? { ids } : { all: true });
    await markFeed(deps, principal('ada'), { ...call, mark, input });
  } else if (ids) {
    const until = new Date(deps.now() + SNOOZE_MS).toISOString();
    await snoozeItems(deps, principal('ada'), { ...call, input: snoozeInput.parse({ ids, until }) });
  }
}

describe('a client', () => {
  it('shows the hub’s state as long as no push was lost, and otherwise after it fetched the changes', async () => {
    await fc.assert(
      fc.asyncProperty(scenario, fc.scheduler(), async (all, scheduler) => {
        const { clients, connected, fresh } = await runScenario(all, scheduler);
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
