/** Checks that the fault harness detects errors: it gets a correct hub, and the same hub with one change. */
import { describe, expect, it } from 'vitest';
import { FINDING_KINDS, type FindingKind, Findings } from '../../../chaos/check/findings.ts';
import type { StoredFeed } from '../../../chaos/check/hub-reader.ts';
import { verify } from '../../../chaos/check/verify.ts';
import { Journal, type LoggedInput, type UserStep } from '../../../chaos/journal.ts';
import type { Action, FeedItem } from '../../../protocol/entities.ts';

const PROJECT = { type: 'project', id: 'p' };
const DOCUMENT = { type: 'document', id: 'd' };
const START = Date.UTC(2026, 0, 1);
const time = (minute: number): string => new Date(START + minute * 60_000).toISOString();

const input = (marker: string, minute: number, changes: Partial<LoggedInput> = {}): LoggedInput => ({
  marker,
  verb: 'posted',
  targets: [],
  related: [PROJECT],
  notify: [],
  timestamp: START + minute * 60_000,
  ...changes,
});

interface World {
  journal: Journal;
  actions: Action[];
  feed: StoredFeed;
  keepsLists?: boolean;
}

const action = (id: string, minute: number, changes: Partial<Action> = {}): Action => ({
  id,
  actor: { type: 'user', id: 'ada' },
  verb: 'posted',
  targets: [],
  related: [PROJECT],
  level: 30,
  data: { n: [`m-${id}`] },
  body: '',
  url: null,
  buttons: [],
  timestamp: time(minute),
  updatedAt: time(minute),
  count: 1,
  text: '',
  ...changes,
});

const item = (of: Action, unread: boolean): FeedItem => ({
  id: `i-${of.id}`,
  action: of,
  at: of.updatedAt,
  unread,
  seen: !unread,
  archived: false,
  snoozedUntil: null,
  pressed: null,
});

const listsOf = (items: readonly FeedItem[]): StoredFeed['lists'] => {
  const idsOf = (isListed: (item: FeedItem) => boolean) => items.filter(isListed).map(({ id }) => id);
  return {
    inbox: idsOf(({ archived, snoozedUntil }) => !archived && snoozedUntil === null),
    archived: idsOf(({ archived }) => archived),
    snoozed: idsOf(({ snoozedUntil }) => snoozedUntil !== null),
  };
};

/**
 * Ada posted `a` and `b`, recalled `c`, edited the document twice (`d`, `e` in one action) and deleted it. Bob follows
 * the project and marked `a` read.
 */
function world(): World {
  const journal = new Journal();
  const log = (ids: string[], inputs: LoggedInput[]) =>
    journal.ofActor('ada').push({ kind: 'log', inputs, ids, sentAt: START, answeredAt: START });
  const edit = { verb: 'edited', targets: [DOCUMENT], related: [] };
  log(['a'], [input('m-a', 1)]);
  log(['b'], [input('m-b', 2)]);
  log(['c'], [input('m-c', 3)]);
  journal.ofActor('ada').push({ kind: 'recall', id: 'c' });
  log(['d'], [input('m-d', 4, edit)]);
  log(['e'], [input('m-e', 5, edit)]);
  journal.ofActor('ada').push({ kind: 'delete', object: DOCUMENT, actions: 'keep' });
  const all = { verbs: [], actorOnly: false, createdAt: START, since: START };
  journal.trackers.set('bob', [{ ...all, tracked: PROJECT }]);
  const [a, b] = [action('a', 1), action('b', 2)];
  journal.ofUser('bob').push({
    kind: 'mark',
    mark: 'read',
    items: [{ action: 'a', at: Date.parse(a.updatedAt) }],
    isCertain: true,
  });
  const edited = action('d', 4, {
    verb: 'edited',
    targets: [{ ...DOCUMENT, deleted: true, description: 'd', serialization: { id: 'd' } }],
    related: [],
    data: { n: ['m-d', 'm-e'] },
    updatedAt: time(5),
    count: 2,
  });
  const items = [item(b, true), item(a, false)];
  return {
    journal,
    actions: [a, b, edited],
    feed: { items, lists: listsOf(items), counts: { unread: 1, unseen: 1, capped: false } },
  };
}

async function wrongIn(change: (world: World) => void): Promise<FindingKind[]> {
  const expectedWorld = world();
  change(expectedWorld);
  const findings = new Findings();
  const reader = {
    actions: async () => expectedWorld.actions,
    feed: async () => expectedWorld.feed,
  };
  // The lists of the states agree with the items, unless the change concerns them.
  if (!expectedWorld.keepsLists) expectedWorld.feed.lists = listsOf(expectedWorld.feed.items);
  await verify(reader, expectedWorld.journal, ['bob'], findings);
  return FINDING_KINDS.filter((each) => findings.count(each) > 0);
}

/** Changes the first object of a kind. */
const changed = <T>(list: T[], index: number, changes: Partial<T>): void => {
  const [found] = list.slice(index, index + 1);
  if (!found) throw new Error(`there is no ${index}`);
  list[index] = { ...found, ...changes };
};

describe('the harness', () => {
  it('finds nothing if everything is correct', async () => {
    expect(await wrongIn(() => {})).toEqual([]);
  });

  it.each<[string, FindingKind[], (world: World) => void]>([
    ['an action is missing', ['lost'], ({ actions }) => actions.splice(2, 1)],
    [
      'an action is missing in the feed, too',
      ['lost', 'counts'],
      ({ actions, feed }) => {
        actions.splice(1, 1);
        feed.items.shift();
      },
    ],
    [
      'a member is missing',
      ['lost', 'actions'],
      ({ actions }) => changed(actions, 2, { data: { n: ['m-d'] } }),
    ],
    [
      'a member is in two actions',
      ['doubled', 'actions'],
      ({ actions }) => changed(actions, 0, { data: { n: ['m-a', 'm-b'] } }),
    ],
    ['an action is there that was taken back', ['actions'], ({ actions }) => actions.push(action('c', 3))],
    ['an action is there that nobody logged', ['actions'], ({ actions }) => actions.push(action('x', 3))],
    ['the level is wrong', ['actions'], ({ actions }) => changed(actions, 0, { level: 10 })],
    ['the count is wrong', ['actions'], ({ actions }) => changed(actions, 2, { count: 3 })],
    ['a target is missing', ['actions'], ({ actions }) => changed(actions, 2, { targets: [] })],
    ['a related object is missing', ['actions'], ({ actions }) => changed(actions, 0, { related: [] })],
    [
      'a deleted object is not shown as such',
      ['actions'],
      ({ actions }) => changed(actions, 2, { targets: [DOCUMENT] }),
    ],
    [
      'the time is wrong',
      ['actions', 'items'],
      ({ actions }) => changed(actions, 0, { timestamp: time(9), updatedAt: time(9) }),
    ],
    ['the latest time is wrong', ['actions'], ({ actions }) => changed(actions, 2, { updatedAt: time(4) })],
    ['an item is missing', ['items', 'counts'], ({ feed }) => feed.items.shift()],
    [
      'an item is there twice',
      ['doubled', 'counts'],
      ({ feed }) => feed.items.unshift(...feed.items.slice(0, 1)),
    ],
    [
      'an item has no reason',
      ['items'],
      ({ actions, feed }) => feed.items.unshift(item(actions[2] ?? action('d', 4), false)),
    ],
    ['an item is at another time', ['items'], ({ feed }) => changed(feed.items, 0, { at: time(8) })],
    ['items are out of order', ['items'], ({ feed }) => feed.items.reverse()],
    [
      'a mark is lost',
      ['counts', 'unread flags'],
      ({ feed }) => changed(feed.items, 1, { unread: true, seen: false }),
    ],
    [
      'something is read that nobody marked',
      ['counts', 'unread flags'],
      ({ feed }) => changed(feed.items, 0, { unread: false, seen: true }),
    ],
    [
      'the counts drift',
      ['counts'],
      ({ feed }) => {
        feed.counts = { unread: 2, unseen: 1, capped: false };
      },
    ],
  ])('detects that %s', async (_, expected, change) => {
    expect(await wrongIn(change)).toEqual(expected);
  });

  describe('for an item with two trackers,', () => {
    const [first, second] = [
      { type: 'topic', id: 't1' },
      { type: 'topic', id: 't2' },
    ];
    /** `a` is about both topics. Bob followed the first one before, and changes his trackers in later minutes. */
    const changing = (unread: boolean, later: number) => (each: World) => {
      const { journal, actions, feed } = each;
      const [minute, since] = [60_000, START];
      changed(actions, 0, { targets: [first, second] });
      const log = journal.ofActor('ada')[0];
      if (log?.kind !== 'log') throw new Error('there is no first step');
      log.inputs = [input('m-a', 1, { targets: [first, second] })];
      const timestamps = (at: number) => ({ sentAt: START + at * minute, answeredAt: START + at * minute });
      Object.assign(log, timestamps(1));
      const steps = journal.ofUser('bob');
      steps.splice(0, 1, { kind: 'track', object: first, since, ...timestamps(0) });
      steps.push(
        { kind: 'track', object: second, since: START + later * minute, ...timestamps(later) },
        { kind: 'untrack', object: first, ...timestamps(later + 0.2) },
      );
      const own = { verbs: [], actorOnly: false, createdAt: since, since };
      journal.trackers.set('bob', [{ ...own, tracked: { type: 'project', id: 'other' } }]);
      each.actions.splice(1, 2);
      journal.ofActor('ada').splice(1);
      const [a] = actions;
      if (!a) throw new Error('there is no action');
      feed.items = [item(a, unread)];
      const count = unread ? 1 : 0;
      feed.counts = { unread: count, unseen: count, capped: false };
    };

    it('requires the state in which it was delivered', async () => {
      expect(await wrongIn(changing(true, 10))).toEqual([]);
      expect(await wrongIn(changing(false, 10))).toEqual(['unread flags']);
    });

    it('accepts any state if they changed while the action was pending', async () => {
      expect(await wrongIn(changing(true, 1.5))).toEqual([]);
      expect(await wrongIn(changing(false, 1.5))).toEqual([]);
    });
  });

  describe('for an item that changed its state,', () => {
    const UNTIL = START + 3_600_000;
    type Move = Extract<UserStep, { kind: 'move' }>;
    /** Bob moved `b`, and the hub has it like this. */
    const moving =
      (step: Partial<Move>, found: Partial<FeedItem>, unread = 0) =>
      ({ journal, feed }: World) => {
        const items = [{ action: 'b', at: START + 120_000 }];
        const move = { kind: 'move', move: 'archive', until: UNTIL, returns: false, items, isCertain: true };
        journal.ofUser('bob').push({ ...move, ...step } as Move);
        changed(feed.items, 0, found);
        feed.counts = { unread, unseen: unread, capped: false };
      };
    const archived = { archived: true, unread: false, seen: true };
    const snoozed = { snoozedUntil: new Date(UNTIL).toISOString() };
    const back = { at: snoozed.snoozedUntil, unread: true, seen: false };

    it.each<[string, FindingKind[], Partial<Move>, Partial<FeedItem>, unread?: number]>([
      ['archived', [], {}, archived],
      ['not archived', ['unread flags', 'states', 'counts'], {}, {}],
      ['archived but unread', ['unread flags'], {}, { archived: true }],
      ['not counted though it is back', ['counts'], { move: 'snooze', returns: true }, back],
      ['snoozed', [], { move: 'snooze' }, snoozed],
      ['snoozed until another time', ['states'], { move: 'snooze' }, { snoozedUntil: time(70) }],
      ['still snoozed', ['items', 'states'], { move: 'snooze', returns: true }, snoozed],
      ['back', [], { move: 'snooze', returns: true }, back, 1],
      ['back at its old place', ['items'], { move: 'snooze', returns: true }, {}, 1],
      ['anywhere after a doubtful move', [], { isCertain: false }, archived],
      ['in the inbox after a doubtful move', [], { isCertain: false }, {}, 1],
    ])('judges that it is %s', async (_, kinds, step, found, unread) => {
      const findings = await wrongIn(moving(step, found, unread));
      expect([...findings].sort()).toEqual([...kinds].sort());
    });

    it('detects that a list of its state lacks it', async () => {
      const isUnlisted = (each: World) => {
        moving({}, archived)(each);
        each.feed.lists = { ...listsOf(each.feed.items), archived: [] };
        each.keepsLists = true;
      };
      expect(await wrongIn(isUnlisted)).toEqual(['states']);
    });
  });

  it('ignores what Redis lost, but only if Redis was flushed', async () => {
    const isLost = ({ actions, feed }: World) => {
      actions.splice(1, 1);
      feed.items.shift();
      feed.counts = { unread: 0, unseen: 0, capped: false };
    };
    expect(
      await wrongIn((each) => {
        each.journal.possiblyLost.add('b');
        isLost(each);
      }),
    ).toEqual([]);
    expect(
      await wrongIn((each) => {
        each.journal.possiblyLost.add('a');
        isLost(each);
      }),
    ).toEqual(['lost']);
  });
});
