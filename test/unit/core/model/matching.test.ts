import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { StoredAction, TrackerMatch } from '../../../../core/model/entities.ts';
import { keyOf } from '../../../../core/model/keys.ts';
import { initialItemState, isMatch, rolesByKey } from '../../../../core/model/matching.ts';
import { asMillis } from '../../../../core/model/units.ts';
import { defaultSettings } from '../../../../core/settings.ts';
import {
  itemFor,
  type ModelAction,
  type ModelObject,
  type ModelTracker,
  tracksAction,
} from '../../../../dev/model/feed.ts';
import type { ClassRef, Ref } from '../../../../protocol/entities.ts';
import * as world from '../../../support/model/world.ts';

const NOW = 1_000_000;

const refOf = ({ type, id = '' }: ModelObject): Ref => ({ type, id });
const trackedOf = ({ type, id }: ModelObject): Ref | ClassRef => (id === undefined ? { type } : { type, id });

function stored({ id, at, ...action }: ModelAction): StoredAction {
  return {
    ...action,
    id,
    actor: action.actor && refOf(action.actor),
    targets: action.targets.map(refOf),
    related: action.related.map(refOf),
    notify: [...action.notify],
    data: {},
    timestamp: asMillis(at),
    updatedAt: asMillis(at),
    count: 1,
    version: 1,
  };
}

const matchOf = (user: string, { tracked, verbs, actorOnly, since }: ModelTracker): TrackerMatch => ({
  user,
  key: keyOf(trackedOf(tracked)),
  verbs: [...verbs],
  actorOnly,
  since: asMillis(since),
});

const action = world.logged.map(({ ago, ...input }): ModelAction => ({ ...input, id: 'a', at: NOW - ago }));
const tracker = fc
  .record({ tracked: world.trackable, how: world.tracking })
  .map(({ tracked, how: { verbs, actorOnly, ago = 0 } }): ModelTracker => {
    return { tracked, verbs, actorOnly, createdAt: NOW, since: NOW - ago };
  });
const trackers = fc.uniqueArray(tracker, {
  selector: ({ tracked }) => keyOf(trackedOf(tracked)),
  maxLength: 4,
});

const matches = (of: ModelAction, tracker: ModelTracker): boolean => {
  const found = stored(of);
  const match = matchOf('ada', tracker);
  return isMatch(match, rolesByKey(found).get(match.key), found.verb);
};

describe('a tracker', () => {
  it('follows rule 1, by object or class, verbs and role', () => {
    fc.assert(
      fc.property(action, tracker, (of, each) => {
        expect(matches(of, each)).toBe(tracksAction(each, of));
      }),
      { numRuns: 1_000 },
    );
  });

  it('with actorOnly matches an object that is both the actor and a target', () => {
    const self = { type: 'user', id: 'ada' };
    const of = { ...base, actor: self, targets: [self], related: [self] };
    expect(matches(of, { ...following, tracked: self, actorOnly: true })).toBe(true);
    expect(matches({ ...of, actor: null }, { ...following, tracked: self, actorOnly: true })).toBe(false);
  });

  it('of a class matches no objects whose type has the same prefix', () => {
    const of = { ...base, actor: { type: 'project-board', id: 'x' } };
    expect(matches(of, { ...following, tracked: { type: 'project' } })).toBe(false);
  });
});

describe('an item', () => {
  it('gets the initial state of rule 3, whichever trackers of its user match', () => {
    fc.assert(
      fc.property(action, world.user, trackers, world.ownActions, (of, user, all, ownActions) => {
        const settings = { ...defaultSettings, ownActions };
        const matching = all.filter((each) => matches(of, each));
        const expected = itemFor({ ...of, level: 30 }, user, all, settings);
        if (matching.length === 0 && !of.notify.includes(user)) {
          expect(expected).toBeNull();
          return;
        }
        const found = matching.map((each) => matchOf(user, each));
        const how = initialItemState(stored(of), user, found, settings);
        expect(how).toBe(expected === null ? 'hidden' : expected.unread ? 'unread' : 'read');
      }),
      { numRuns: 1_000 },
    );
  });

  it('is unread exactly from its tracker’s since on', () => {
    const settings = defaultSettings;
    const at = (time: number) =>
      initialItemState(stored({ ...base, at: time }), 'ada', [{ since: asMillis(NOW) }], settings);
    expect([at(NOW - 1), at(NOW)]).toEqual(['read', 'unread']);
  });
});

const base: ModelAction = {
  id: 'a',
  actor: null,
  verb: 'opened',
  targets: [],
  related: [],
  level: 30,
  at: NOW,
  notify: [],
};
const following = { verbs: [], actorOnly: true, createdAt: NOW, since: NOW };
