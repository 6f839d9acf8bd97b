/** After any sequence of calls the hub holds what docs/rules.md says. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../config/settings.ts';
import { SPACE } from '../../support/memory/hub.ts';
import { Client, type ShownItem } from '../../support/model/client.ts';
import { definitionOf } from '../../support/model/hub-definition.ts';
import { MemoryHubAdapter } from '../../support/model/memory-hub-adapter.ts';
import { type HubState, RuleRun } from '../../support/model/rule-run.ts';
import { type RuleStep, type Rules, ruleSteps, rules } from '../../support/model/rule-steps.ts';
import * as world from '../../support/model/world.ts';

const bounds = fc.option(world.bounds, { nil: undefined });
type ChunkBounds = typeof bounds extends fc.Arbitrary<infer T> ? T : never;

async function expectFollowsRules(all: readonly RuleStep[], ruleSet: Rules, chunkBounds?: ChunkBounds) {
  const adapter = new MemoryHubAdapter({
    settings: readSettings(definitionOf(ruleSet)),
    bounds: chunkBounds,
  });
  const run = new RuleRun(adapter, ruleSet);
  const pages = await open(adapter);
  for (const step of all) {
    await run.do(step);
    const response = run.results.at(-1);
    expect(response?.hub).toEqual(response?.model);
    const stored = await run.storedState();
    expect(stored).toEqual(run.expected());
    for (const page of pages) expect(await itemsShownBy(page)).toEqual(expectedItemsOf(page.user, stored));
    for (const { items, counts } of Object.values(stored.feeds)) {
      expect(counts.unread).toBe(items.filter((item) => item.unread).length);
      expect(counts.unseen).toBe(items.filter((item) => !item.seen).length);
    }
    expect(adapter.hub.clock.inFlightCount(SPACE)).toBe(0);
    expect(adapter.hub.queue.allPending(SPACE)).toEqual([]);
    expect(adapter.hub.tasks.due(SPACE)).toEqual([]);
    expect(adapter.hub.faults).toEqual([]);
  }
}

/** Steps whose result does not depend on when workers run. Marks and recalls affect what exists at that time. */
const deferredSteps: ReadonlySet<string> = new Set(['log', 'track', 'untrack', 'wait']);

async function expectCatchesUp(
  all: readonly RuleStep[],
  ruleSet: Rules,
  chunkBounds?: ChunkBounds,
): Promise<void> {
  const adapter = new MemoryHubAdapter({
    settings: readSettings(definitionOf(ruleSet)),
    bounds: chunkBounds,
    isPrompt: false,
  });
  const run = new RuleRun(adapter, ruleSet);
  for (const step of all) await run.do(step);
  await adapter.hub.work();
  expect(unmarked(await run.storedState())).toEqual(unmarked(run.expected()));
}

/** Without the marks, which depend on when an item was delivered. */
function unmarked({ actions, feeds, trackers }: HubState) {
  const places = Object.entries(feeds).map(([user, { items }]) => [
    user,
    items.map(({ action, at }) => ({ action, at })),
  ]);
  return { actions, trackers, places };
}

/** Clients of all users. They list their feed once and then apply pushes. */
async function open({ hub }: MemoryHubAdapter): Promise<Client[]> {
  const pages = world.users.map((user) => new Client(user, hub.deps));
  for (const page of pages) await page.list();
  hub.bus.listen(({ message }) => {
    for (const page of pages) page.send(message);
  });
  return pages;
}

/** The items that the page shows, reloaded if it was reset. */
async function itemsShownBy(page: Client): Promise<Map<string, ShownItem>> {
  page.deliverAll();
  if (!page.isCurrent) await page.list();
  return new Map(
    [...page.shown()].map(([id, item]) => [
      id,
      { ...item, deletedDescriptions: [...item.deletedDescriptions].sort() },
    ]),
  );
}

function expectedItemsOf(user: string, { actions, all }: HubState): Map<string, ShownItem> {
  const deletedDescriptions = new Map(actions.map((action) => [action.id, deletedDescriptionsIn(action)]));
  const items = all[user] ?? [];
  return new Map(
    items.map(({ action, ...item }) => [
      `${action}:${user}`,
      { ...item, deletedDescriptions: deletedDescriptions.get(action) ?? [] },
    ]),
  );
}

/** The descriptions of deleted objects, which follow their names. */
const deletedDescriptionsIn = ({ actor, targets, related }: HubState['actions'][number]): string[] =>
  [...(actor === null ? [] : [actor]), ...targets, ...related]
    .flatMap((name) => name.split(', ').slice(1))
    .sort();

describe('actions, trackers and feeds', () => {
  it('follow the rules after any sequence of log, track, mark, recall and delete calls', async () => {
    await fc.assert(fc.asyncProperty(ruleSteps(20), rules, bounds, expectFollowsRules), { numRuns: 1_000 });
  }, 300_000);

  it('are the same in the end if workers process logs and tracks late', async () => {
    const deferred = ruleSteps(20).map((all) => all.filter((step) => deferredSteps.has(step.do)));
    await fc.assert(fc.asyncProperty(deferred, rules, bounds, expectCatchesUp), { numRuns: 300 });
  }, 300_000);
});
