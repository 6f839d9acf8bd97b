/** The model agrees with the library whose behaviour the hub keeps. */
import { expect, test } from 'vitest';
import type { ModelLoggedAction } from '../../../dev/model/actions.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import { bare, type Scenario, type ScenarioStep, scenarios } from '../../support/conformance.ts';
import { ModelHub } from '../../support/model/hub.ts';

const users = ['u0', 'u1', 'u2'];

const object = (text: string): ModelObject => ({ type: text.split(':')[0] ?? '', id: bare(text) });
const names = (objects: readonly ModelObject[]): string =>
  objects
    .map(({ type, id }) => `${type}:${id}`)
    .sort()
    .join(',');
const lineOf = ({ actor, verb, targets, related, level }: ModelLoggedAction): string =>
  [names(actor ? [actor] : []), verb, names(targets), names(related), level].join('|');

function play({ groupingDelay, steps }: Scenario): ModelHub {
  const hub = new ModelHub(users, {
    readableLevel: 30,
    ownActions: 'unread',
    regroup: 'keep',
    visible: () => true,
    groupingDelay: () => groupingDelay,
    combineWith: (verb, other) =>
      verb === 'my_included_action' && other === 'my_all_inclusive_action' ? () => true : null,
    group: () => null,
  });
  for (const [index, step] of steps.entries()) take(hub, step, index);
  return hub;
}

function take(hub: ModelHub, step: ScenarioStep, index: number): void {
  switch (step.op) {
    case 'log':
      hub.log(
        step.batch.map(({ actor, verb, targets, related, level, groupingDelay }, place) => ({
          id: `${String(index).padStart(3, '0')}-${place}`,
          actor: object(actor),
          verb,
          targets: targets.map(object),
          related: related.map(object),
          level: Number(level ?? 30),
          data: {},
          timestamp: index,
          updatedAt: index,
          count: 1,
          notify: [],
          groupingDelay,
        })),
      );
      break;
    case 'track':
      hub.track(bare(step.user), [object(step.to)], index, step);
      break;
    case 'untrack':
      hub.untrack(bare(step.user), [object(step.from)]);
      break;
    case 'readAll':
      hub.mark(bare(step.user), 'read', everything);
  }
}

const everything = { isNamed: () => true, byIds: false };

test.each(scenarios)('the model agrees with the library in $name', (scenario) => {
  const hub = play(scenario);
  const byId = new Map(hub.actions().map((action) => [action.id, lineOf(action)]));
  const lines = (user: string, isShown: (item: { unread: boolean }) => boolean) =>
    hub
      .feed(user)
      .filter(isShown)
      .map((item) => byId.get(item.action))
      .sort();
  expect([...byId.values()].sort()).toEqual(scenario.expect.actions);
  for (const user of users) {
    expect(lines(user, () => true)).toEqual(scenario.expect.feeds[user]);
    expect(lines(user, (item) => item.unread)).toEqual(scenario.expect.unread[user]);
  }
});
