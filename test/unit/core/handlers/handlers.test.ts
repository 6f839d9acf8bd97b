import { describe, expect, it } from 'vitest';
import type { HubDefinition } from '../../../../config/definition.ts';
import { readSettings } from '../../../../config/settings.ts';
import { type Fault, type HandlerBounds, SettingsHandlers } from '../../../../core/handlers/handlers.ts';
import type { StoredAction } from '../../../../core/model/entities.ts';
import { asMillis } from '../../../../core/model/units.ts';
import { TimeBudget } from '../../../../core/ports/time-budget.ts';
import type { Handler } from '../../../../core/settings.ts';

const stored = (parts: Partial<StoredAction> = {}): StoredAction => ({
  id: 'a1',
  actor: { type: 'user', id: 'ada', name: 'Ada' },
  verb: 'closed',
  targets: [{ type: 'issue', id: '7' }],
  related: [{ type: 'project', id: 'p1' }],
  level: 30,
  data: { labels: ['bug'], nested: { deep: [1] } },
  timestamp: asMillis(0),
  updatedAt: asMillis(1_000),
  count: 2,
  notify: ['bob'],
  version: 1,
  ...parts,
});

/** The time limit for handlers that fail. Others may need longer on a busy machine. */
const short: HandlerBounds = { deadlineMs: 20, visibleMs: 20 };

function createHandlers(definition: HubDefinition, bounds?: HandlerBounds) {
  const faults: Fault[] = [];
  const handlers = new SettingsHandlers(readSettings(definition), (fault) => faults.push(fault), bounds);
  return { handlers, faults };
}
const of = (handler: Omit<Handler, 'verb'>, bounds?: HandlerBounds) =>
  createHandlers({ handlers: [{ verb: 'closed', ...handler }] }, bounds);

/** True if `combineWith` combines the two actions. */
const combines = async (
  handlers: SettingsHandlers,
  other: string,
  newer: StoredAction,
  older: StoredAction,
) => (await handlers.findCombinable(newer, [{ verb: 'closed', other, older }], new TimeBudget())) === 0;

/** Whether the two are similar. `null` means that the default rule applies. */
async function groups(
  handlers: SettingsHandlers,
  newer: StoredAction,
  older: StoredAction,
): Promise<boolean | null> {
  let usedDefaultRule = false;
  const fallback = () => {
    usedDefaultRule = true;
    return false;
  };
  const found = await handlers.findSimilar(newer, [older], fallback, new TimeBudget());
  return usedDefaultRule ? null : found === 0;
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
  'never returns': () => new Promise<never>(() => undefined),
};
/** Results that typed code cannot return. */
const wrong = <T>(value: unknown): T => value as T;

describe('levels and delays', () => {
  const { handlers } = createHandlers({
    levels: { QUIET: 5, LOUD: 70 },
    defaultLevel: 'QUIET',
    groupingDelay: 10,
    handlers: [{ verb: 'closed', level: 'LOUD', groupingDelay: -1 }, { verb: 'opened' }],
  });

  it('are the handler’s, or else the defaults', () => {
    expect(['closed', 'opened', 'other'].map((verb) => handlers.levelOf(verb))).toEqual([70, 5, 5]);
    expect(['closed', 'opened', 'other'].map((verb) => handlers.groupingDelayOf(verb))).toEqual([-1, 10, 10]);
  });
});

describe('combineWith', () => {
  it('is called for the verbs it names, with both actions', async () => {
    const calls: string[] = [];
    const { handlers } = of({
      combineWith: {
        opened: (newer, older) => {
          calls.push(`${newer.id} ${older.id} ${newer.timestamp}`);
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
    expect(calls).toEqual(['n o 1970-01-01T00:00:00.000Z']);
  });

  it.each(Object.entries(endsLate))(
    'combines nothing if it %s, and reports the fault',
    async (_how, fail) => {
      const { handlers, faults } = of({ combineWith: { opened: fail } }, short);
      expect(await combines(handlers, 'opened', stored(), stored())).toBe(false);
      expect(faults).toEqual([
        { verb: 'closed', part: 'combineWith.opened', action: 'a1', error: expect.any(Error) },
      ]);
    },
  );
});

describe('group', () => {
  it('decides what is similar, synchronously or not', async () => {
    const same: Handler['group'] = (newer, older) => newer.data.kind === older.data.kind;
    for (const group of [same, async (...both: Parameters<typeof same>) => same(...both)]) {
      const { handlers, faults } = of({ group });
      const [one, two] = [stored({ data: { kind: 1 } }), stored({ data: { kind: 2 } })];
      expect(handlers.hasCustomGrouping('closed')).toBe(true);
      expect(await groups(handlers, one, one)).toBe(true);
      expect(await groups(handlers, one, two)).toBe(false);
      expect(faults).toEqual([]);
    }
  });

  it('falls back to the default rule if there is none', () => {
    expect(of({}).handlers.hasCustomGrouping('closed')).toBe(false);
    expect(of({ group: () => true }).handlers.hasCustomGrouping('other')).toBe(false);
  });

  it('returns false if it ends without a result', async () => {
    const { handlers, faults } = of({ group: () => wrong(undefined) });
    expect(await groups(handlers, stored(), stored())).toBe(false);
    expect(faults).toEqual([]);
  });

  const bad = { ...endsLate, 'returns nonsense': () => wrong<boolean>('yes') };
  it.each(Object.entries(bad))('uses the default rule and reports a fault if it %s', async (_how, group) => {
    const { handlers, faults } = of({ group }, short);
    expect(await groups(handlers, stored(), stored())).toBeNull();
    expect(faults).toEqual([{ verb: 'closed', part: 'group', action: 'a1', error: expect.any(Error) }]);
  });
});

describe('text', () => {
  it('gets the action as the API shows it, the locale, the reader and the context', () => {
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
    'returns a promise': () => wrong<string>(Promise.reject(new Error('later'))),
    'returns nothing': () => wrong<string>(undefined),
    'returns a number': () => wrong<string>(7),
  };
  it.each(Object.entries(bad))(
    'falls back to the default text if it %s, and reports the fault',
    async (_how, text) => {
      const { handlers, faults } = of({ text }, short);
      expect(handlers.text(stored(), english)).toBeNull();
      expect(faults).toEqual([{ verb: 'closed', part: 'text', action: 'a1', error: expect.any(Error) }]);
    },
  );

  it('reports once per action, no matter how often it is shown', () => {
    const { handlers, faults } = of({ text: ends.throws });
    for (const id of ['a1', 'a2', 'a1', 'a2', 'a1']) handlers.text(stored({ id }), english);
    expect(faults.map((fault) => fault.action)).toEqual(['a1', 'a2']);
  });
});

describe('visible', () => {
  it('returns which of the given users may see an action', async () => {
    const { handlers } = createHandlers({
      visible: async (action, users) => [...users.slice(1), 'eve', action.id],
    });
    expect(await handlers.visibleTo(stored(), ['ada', 'bob', 'cleo'])).toEqual(new Set(['bob', 'cleo']));
  });

  it('returns all users if there is none', async () => {
    expect(await createHandlers({}).handlers.visibleTo(stored(), ['ada'])).toEqual(new Set(['ada']));
  });

  const bad = {
    ...endsLate,
    'returns no list': () => wrong<string[]>('ada'),
    'returns nothing': () => wrong<string[]>(undefined),
  };
  it.each(Object.entries(bad))('returns undetermined and reports a fault if it %s', async (_how, visible) => {
    const { handlers, faults } = createHandlers({ visible }, short);
    expect(await handlers.visibleTo(stored(), ['ada'])).toBeNull();
    expect(faults).toEqual([{ verb: 'closed', part: 'visible', action: 'a1', error: expect.any(Error) }]);
  });
});

describe('the action that handlers get', () => {
  it('is a copy that they may modify', async () => {
    const mutate = (action: { actor: unknown; targets: unknown[]; data: Record<string, unknown> }) => {
      action.actor = null;
      action.targets.push({ type: 'issue', id: 'other' });
      action.data.nested = 'gone';
    };
    const users = ['ada', 'bob'];
    const context = { list: [1] };
    const { handlers, faults } = createHandlers({
      visible: (action, requestedUsers) => {
        mutate(action);
        wrong<string[]>(requestedUsers).pop();
        return requestedUsers;
      },
      handlers: [
        {
          verb: 'closed',
          combineWith: {
            closed: (newer, older) => {
              mutate(newer);
              mutate(older);
              return true;
            },
          },
          group: (newer, older) => {
            mutate(newer);
            mutate(older);
            return true;
          },
          text: (action, options) => {
            mutate(action);
            wrong<{ list: number[] }>(options.context).list.push(2);
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

  it('contains every key of the data unchanged, also one named __proto__', () => {
    const data = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
    const { handlers } = of({ text: (action) => JSON.stringify(action.data) });
    expect(handlers.text(stored({ data }), english)).toBe(JSON.stringify(data));
  });

  it('excludes notify and versions', () => {
    const { handlers } = of({ text: (action) => Object.keys(action).join() });
    expect(handlers.text(stored(), english)).toBe(
      'id,actor,verb,targets,related,level,data,body,url,buttons,timestamp,updatedAt,count',
    );
  });
});

describe('the press of a button', () => {
  const button = { id: 'accept', label: 'Accept' };
  const pressIn = (handlers: SettingsHandlers) =>
    handlers.press(stored({ buttons: [button] }), 'bob', 'accept');

  it('is accepted without a handler, and once the handler returns', async () => {
    const calls: unknown[] = [];
    const { handlers, faults } = of({
      press: async (pressed, { action, user }) => void calls.push([pressed, action.buttons, user]),
    });
    expect(await pressIn(of({}).handlers)).toEqual({ kind: 'accepted' });
    expect(await pressIn(handlers)).toEqual({ kind: 'accepted' });
    expect(calls).toEqual([['accept', [button], 'bob']]);
    expect(faults).toEqual([]);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('Too late');
      },
    ],
    ['rejects', () => Promise.reject(new Error('Too late'))],
  ])('is refused with the message of an error that the handler %s, which is no fault', async (_, press) => {
    const { handlers, faults } = of({ press });
    expect(await pressIn(handlers)).toEqual({ kind: 'refused', message: 'Too late' });
    expect(faults).toEqual([]);
  });

  it('is refused by a defect of the handler, which is reported', async () => {
    const press = () => {
      throw new TypeError('x is not a function');
    };
    const { handlers, faults } = of({ press });
    expect(await pressIn(handlers)).toEqual({ kind: 'refused', message: 'x is not a function' });
    expect(faults).toMatchObject([{ part: 'press', action: 'a1' }]);
  });

  it('is not possible while the handler takes too long, and not tried while its circuit is open', async () => {
    let calls = 0;
    const press = () => {
      calls += 1;
      return new Promise(() => undefined);
    };
    const { handlers, faults } = of({ press }, { pressMs: 20 });
    for (let count = 0; count < 4; count += 1)
      expect(await pressIn(handlers)).toEqual({ kind: 'unavailable' });
    expect(calls).toBe(3);
    expect(faults).toMatchObject([{ part: 'press' }]);
  });
});

describe('a handler part that is slow repeatedly', () => {
  it('has its circuit opened, and no other part has', async () => {
    const time = { now: 0 };
    let calls = 0;
    const { handlers, faults } = of(
      {
        group: () => {
          calls += 1;
          return new Promise<boolean>(() => undefined);
        },
        text: () => 'still called',
      },
      { deadlineMs: 300, cooldownMs: 1_000, now: () => time.now },
    );
    for (const id of ['a1', 'a2', 'a3', 'a4', 'a5']) {
      expect(await groups(handlers, stored({ id }), stored())).toBeNull();
    }
    expect(calls).toBe(3);
    expect(faults.map((fault) => fault.action)).toEqual(['a1', 'a2', 'a3']);
    expect(faults.at(-1)?.error.message).toContain('not called for 1000 ms');
    expect(handlers.text(stored(), english)).toBe('still called');
    time.now = 1_000;
    await groups(handlers, stored({ id: 'a6' }), stored());
    expect(calls).toBe(4);
  });
});
