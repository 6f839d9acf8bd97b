import { describe, expect, it } from 'vitest';
import type { HubDefinition } from '../../../core/definition.ts';
import { type Fault, type HandlerBounds, SettingsHandlers } from '../../../core/handlers.ts';
import type { StoredAction } from '../../../core/model.ts';
import { Patience } from '../../../core/patience.ts';
import type { Handler } from '../../../core/settings.ts';
import { readSettings } from '../../../infra/settings.ts';

const stored = (parts: Partial<StoredAction> = {}): StoredAction => ({
  id: 'a1',
  actor: { type: 'user', id: 'ada', name: 'Ada' },
  verb: 'closed',
  targets: [{ type: 'issue', id: '7' }],
  related: [{ type: 'project', id: 'p1' }],
  level: 30,
  data: { labels: ['bug'], nested: { deep: [1] } },
  timestamp: 0,
  updatedAt: 1_000,
  count: 2,
  notify: ['bob'],
  rev: 1,
  ...parts,
});

/** For handlers that fail; others may need longer where a machine is busy. */
const short: HandlerBounds = { deadlineMs: 20, visibleMs: 20 };

function made(definition: HubDefinition, bounds?: HandlerBounds) {
  const faults: Fault[] = [];
  const handlers = new SettingsHandlers(readSettings(definition), (fault) => faults.push(fault), bounds);
  return { handlers, faults };
}
const of = (handler: Omit<Handler, 'verb'>, bounds?: HandlerBounds) =>
  made({ handlers: [{ verb: 'closed', ...handler }] }, bounds);

/** What is said of two actions. */
const combines = async (
  handlers: SettingsHandlers,
  other: string,
  newer: StoredAction,
  older: StoredAction,
) => (await handlers.firstCombining(newer, [{ verb: 'closed', other, older }], new Patience())) === 0;
/** `null`: the default rule decides. */
async function groups(
  handlers: SettingsHandlers,
  newer: StoredAction,
  older: StoredAction,
): Promise<boolean | null> {
  let isLeft = false;
  const otherwise = () => {
    isLeft = true;
    return false;
  };
  const found = await handlers.firstSimilar(newer, [older], otherwise, new Patience());
  return isLeft ? null : found === 0;
}

const english = { locale: 'en', user: 'bob', context: {} };
const ends = {
  throws: () => {
    throw new Error('broken');
  },
  loops: () => {
    for (;;);
  },
  'throws what is no error': () => {
    throw null;
  },
};
const endsLate = {
  ...ends,
  rejects: () => Promise.reject(new Error('broken')),
  'never answers': () => new Promise<never>(() => undefined),
};
/** What typed code cannot answer. */
const wrong = <T>(value: unknown): T => value as T;

describe('levels and delays', () => {
  const { handlers } = made({
    levels: { QUIET: 5, LOUD: 70 },
    defaultLevel: 'QUIET',
    groupingDelay: 10,
    handlers: [{ verb: 'closed', level: 'LOUD', groupingDelay: -1 }, { verb: 'opened' }],
  });

  it('are the handler’s, else the defaults', () => {
    expect(['closed', 'opened', 'other'].map((verb) => handlers.levelOf(verb))).toEqual([70, 5, 5]);
    expect(['closed', 'opened', 'other'].map((verb) => handlers.groupingDelayOf(verb))).toEqual([-1, 10, 10]);
  });
});

describe('combineWith', () => {
  it('is asked about the verbs it names, with both actions', async () => {
    const asked: string[] = [];
    const { handlers } = of({
      combineWith: {
        opened: (newer, older) => {
          asked.push(`${newer.id} ${older.id} ${newer.timestamp}`);
          return true;
        },
        edited: async () => false,
      },
    });
    const newer = stored({ id: 'n' });
    const older = stored({ id: 'o', verb: 'opened' });
    expect(handlers.mayCombine('closed', 'opened')).toBe(true);
    expect(await combines(handlers, 'opened', newer, older)).toBe(true);
    expect(await combines(handlers, 'edited', newer, older)).toBe(false);
    for (const other of ['other', 'constructor', '__proto__']) {
      expect(handlers.mayCombine('closed', other)).toBe(false);
      expect(await combines(handlers, other, newer, older)).toBe(false);
    }
    expect(asked).toEqual(['n o 1970-01-01T00:00:00.000Z']);
  });

  it.each(Object.entries(endsLate))('combines nothing where it %s, and is told of', async (_how, fail) => {
    const { handlers, faults } = of({ combineWith: { opened: fail } }, short);
    expect(await combines(handlers, 'opened', stored(), stored())).toBe(false);
    expect(faults).toEqual([
      { verb: 'closed', part: 'combineWith.opened', action: 'a1', error: expect.any(Error) },
    ]);
  });
});

describe('group', () => {
  it('decides what is similar, at once or later', async () => {
    const same: Handler['group'] = (newer, older) => newer.data.kind === older.data.kind;
    for (const group of [same, async (...both: Parameters<typeof same>) => same(...both)]) {
      const { handlers, faults } = of({ group });
      const [one, two] = [stored({ data: { kind: 1 } }), stored({ data: { kind: 2 } })];
      expect(handlers.hasGroup('closed')).toBe(true);
      expect(await groups(handlers, one, one)).toBe(true);
      expect(await groups(handlers, one, two)).toBe(false);
      expect(faults).toEqual([]);
    }
  });

  it('leaves it to the default rule where there is none', () => {
    expect(of({}).handlers.hasGroup('closed')).toBe(false);
    expect(of({ group: () => true }).handlers.hasGroup('other')).toBe(false);
  });

  it('says no where it ends without an answer', async () => {
    const { handlers, faults } = of({ group: () => wrong(undefined) });
    expect(await groups(handlers, stored(), stored())).toBe(false);
    expect(faults).toEqual([]);
  });

  const bad = { ...endsLate, 'answers nonsense': () => wrong<boolean>('yes') };
  it.each(Object.entries(bad))(
    'leaves it to the default rule where it %s, and is told of',
    async (_how, group) => {
      const { handlers, faults } = of({ group }, short);
      expect(await groups(handlers, stored(), stored())).toBeNull();
      expect(faults).toEqual([{ verb: 'closed', part: 'group', action: 'a1', error: expect.any(Error) }]);
    },
  );
});

describe('text', () => {
  it('is given the action as the API shows it, the locale, the reader and the context', () => {
    const { handlers } = of({
      text: ({ actor, targets, timestamp }, { locale, user, context }) =>
        [actor?.name, targets.length, timestamp, locale, user, JSON.stringify(context)].join(' '),
    });
    expect(handlers.text(stored(), { locale: 'de', user: 'bob', context: { page: 1 } })).toBe(
      'Ada 1 1970-01-01T00:00:00.000Z de bob {"page":1}',
    );
    expect(handlers.text(stored({ verb: 'other' }), english)).toBeNull();
  });

  const bad = {
    ...ends,
    'answers a promise': () => wrong<string>(Promise.reject(new Error('later'))),
    'answers nothing': () => wrong<string>(undefined),
    'answers a number': () => wrong<string>(7),
  };
  it.each(Object.entries(bad))('is the default one where it %s, and is told of', async (_how, text) => {
    const { handlers, faults } = of({ text }, short);
    expect(handlers.text(stored(), english)).toBeNull();
    expect(faults).toEqual([{ verb: 'closed', part: 'text', action: 'a1', error: expect.any(Error) }]);
  });

  it('is told of once for each action, however often it is shown', () => {
    const { handlers, faults } = of({ text: ends.throws });
    for (const id of ['a1', 'a2', 'a1', 'a2', 'a1']) handlers.text(stored({ id }), english);
    expect(faults.map((fault) => fault.action)).toEqual(['a1', 'a2']);
  });
});

describe('visible', () => {
  it('says who of those asked about may see an action', async () => {
    const { handlers } = made({ visible: async (action, users) => [...users.slice(1), 'eve', action.id] });
    expect(await handlers.visibleTo(stored(), ['ada', 'bob', 'cleo'])).toEqual(new Set(['bob', 'cleo']));
  });

  it('lets all see it where there is none', async () => {
    expect(await made({}).handlers.visibleTo(stored(), ['ada'])).toEqual(new Set(['ada']));
  });

  const bad = {
    ...endsLate,
    'answers no list': () => wrong<string[]>('ada'),
    'answers nothing': () => wrong<string[]>(undefined),
  };
  it.each(Object.entries(bad))(
    'says that it is unknown where it %s, and is told of',
    async (_how, visible) => {
      const { handlers, faults } = made({ visible }, short);
      expect(await handlers.visibleTo(stored(), ['ada'])).toBeNull();
      expect(faults).toEqual([{ verb: 'closed', part: 'visible', action: 'a1', error: expect.any(Error) }]);
    },
  );
});

describe('what handlers are given', () => {
  it('is a copy that they may change', async () => {
    const spoil = (action: { actor: unknown; targets: unknown[]; data: Record<string, unknown> }) => {
      action.actor = null;
      action.targets.push({ type: 'issue', id: 'other' });
      action.data.nested = 'gone';
    };
    const users = ['ada', 'bob'];
    const context = { list: [1] };
    const { handlers, faults } = made({
      visible: (action, asked) => {
        spoil(action);
        wrong<string[]>(asked).pop();
        return asked;
      },
      handlers: [
        {
          verb: 'closed',
          combineWith: {
            closed: (newer, older) => {
              spoil(newer);
              spoil(older);
              return true;
            },
          },
          group: (newer, older) => {
            spoil(newer);
            spoil(older);
            return true;
          },
          text: (action, given) => {
            spoil(action);
            wrong<{ list: number[] }>(given.context).list.push(2);
            return 'text';
          },
        },
      ],
    });
    const [newer, older] = [stored(), stored()];
    await combines(handlers, 'closed', newer, older);
    await groups(handlers, newer, older);
    handlers.text(newer, { ...english, context });
    expect(await handlers.visibleTo(newer, users)).toEqual(new Set(['ada']));
    expect([newer, older]).toEqual([stored(), stored()]);
    expect(users).toEqual(['ada', 'bob']);
    expect(context).toEqual({ list: [1] });
    expect(faults).toEqual([]);
  });

  it('holds every key of the data as it is, also one named __proto__', () => {
    const data = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
    const { handlers } = of({ text: (action) => JSON.stringify(action.data) });
    expect(handlers.text(stored({ data }), english)).toBe(JSON.stringify(data));
  });

  it('says nothing of who is notified, nor of revisions', () => {
    const { handlers } = of({ text: (action) => Object.keys(action).join() });
    expect(handlers.text(stored(), english)).toBe(
      'id,actor,verb,targets,related,level,data,timestamp,updatedAt,count',
    );
  });
});

describe('a part that is slow again and again', () => {
  it('is left alone for a while, and nothing else is', async () => {
    const time = { now: 0 };
    let asked = 0;
    const { handlers, faults } = of(
      {
        group: () => {
          asked += 1;
          return new Promise<boolean>(() => undefined);
        },
        text: () => 'still asked',
      },
      { deadlineMs: 300, restMs: 1_000, now: () => time.now },
    );
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      expect(await groups(handlers, stored({ id }), stored())).toBeNull();
    }
    expect(asked).toBe(3);
    expect(faults.map((fault) => fault.action)).toEqual(['a1', 'a2', 'a3']);
    expect(faults.at(-1)?.error.message).toContain('not asked for 1000 ms');
    expect(handlers.text(stored(), english)).toBe('still asked');
    time.now = 1_000;
    await groups(handlers, stored({ id: 'a6' }), stored());
    expect(asked).toBe(4);
  });
});
