/** After anything that can happen, one thing after the other, the hub holds what the contract's rules say. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../infra/settings.ts';
import { SPACE } from '../../support/memory/hub.ts';
import { Client, type Shown } from '../../support/model/client.ts';
import { definitionOf } from '../../support/model/configured.ts';
import { MemoryDoor } from '../../support/model/memory-door.ts';
import { type Held, RuleRun } from '../../support/model/rule-run.ts';
import { type RuleStep, type Rules, ruleSteps, rules } from '../../support/model/rule-steps.ts';
import * as world from '../../support/model/world.ts';

const bounds = fc.option(world.bounds, { nil: undefined });
type Cut = typeof bounds extends fc.Arbitrary<infer T> ? T : never;

async function follows(all: readonly RuleStep[], how: Rules, cut?: Cut) {
  const door = new MemoryDoor({ settings: readSettings(definitionOf(how)), bounds: cut });
  const run = new RuleRun(door, how);
  const pages = await open(door);
  for (const step of all) {
    await run.do(step);
    const answer = run.answers.at(-1);
    expect(answer?.hub).toEqual(answer?.model);
    const held = await run.held();
    expect(held).toEqual(run.expected());
    for (const page of pages) expect(await shownBy(page)).toEqual(shownOf(page.user, held));
    for (const { items, counts } of Object.values(held.feeds)) {
      expect(counts.unread).toBe(items.filter((item) => item.unread).length);
      expect(counts.unseen).toBe(items.filter((item) => !item.seen).length);
    }
    expect(door.hub.clock.inFlight(SPACE)).toBe(0);
    expect(door.hub.queue.allPending(SPACE)).toEqual([]);
    expect(door.hub.chores.due(SPACE)).toEqual([]);
    expect(door.hub.faults).toEqual([]);
  }
}

/** What comes out the same whenever workers come to it; marks and recalls concern what is there by then. */
const lateSteps: ReadonlySet<string> = new Set(['log', 'track', 'untrack', 'wait']);

async function catchesUp(all: readonly RuleStep[], how: Rules, cut?: Cut): Promise<void> {
  const door = new MemoryDoor({ settings: readSettings(definitionOf(how)), bounds: cut, isPrompt: false });
  const run = new RuleRun(door, how);
  for (const step of all) await run.do(step);
  await door.hub.work();
  expect(unmarked(await run.held())).toEqual(unmarked(run.expected()));
}

/** Without what depends on when an item came in. */
function unmarked({ actions, feeds, trackers }: Held) {
  const places = Object.entries(feeds).map(([user, { items }]) => [
    user,
    items.map(({ action, at }) => ({ action, at })),
  ]);
  return { actions, trackers, places };
}

/** Pages of all users, who ask once and then live by what is pushed. */
async function open({ hub }: MemoryDoor): Promise<Client[]> {
  const pages = world.users.map((user) => new Client(user, hub.deps));
  for (const page of pages) await page.list();
  hub.bus.listen(({ message }) => {
    for (const page of pages) page.send(message);
  });
  return pages;
}

/** What the page shows; where it was told to reload, after that. */
async function shownBy(page: Client): Promise<Map<string, Shown>> {
  page.deliverAll();
  if (!page.isCurrent) await page.list();
  return new Map([...page.shown()].map(([id, item]) => [id, { ...item, left: [...item.left].sort() }]));
}

function shownOf(user: string, { actions, feeds }: Held): Map<string, Shown> {
  const left = new Map(actions.map((action) => [action.id, leftIn(action)]));
  const items = feeds[user]?.items ?? [];
  return new Map(
    items.map(({ action, ...item }) => [`${action}:${user}`, { ...item, left: left.get(action) ?? [] }]),
  );
}

/** The descriptions of what was deleted, which stand behind the names. */
const leftIn = ({ actor, targets, related }: Held['actions'][number]): string[] =>
  [...(actor === null ? [] : [actor]), ...targets, ...related]
    .flatMap((name) => name.split(', ').slice(1))
    .sort();

describe('actions, trackers and feeds', () => {
  it('are those of the rules after any sequence of logging, tracking, marking, recalling and deleting', async () => {
    await fc.assert(fc.asyncProperty(ruleSteps(20), rules, bounds, follows), { numRuns: 1_000 });
  }, 300_000);

  it('are the same in the end where workers come late to what was logged and tracked', async () => {
    const late = ruleSteps(20).map((all) => all.filter((step) => lateSteps.has(step.do)));
    await fc.assert(fc.asyncProperty(late, rules, bounds, catchesUp), { numRuns: 300 });
  }, 300_000);
});
