import { describe, expect, it } from 'vitest';
import type { About } from '../../../core/asking.ts';
import { type CallLedger, carefully } from '../../../core/careful-handlers.ts';
import { SettingsHandlers } from '../../../core/handlers.ts';
import type { StoredAction } from '../../../core/model.ts';
import { Patience } from '../../../core/patience.ts';
import type { Handlers } from '../../../core/ports/handlers.ts';
import { readSettings } from '../../../infra/settings.ts';

const closed = (id: string): StoredAction => ({
  id,
  actor: { type: 'user', id: 'ada' },
  verb: 'closed',
  targets: [],
  related: [],
  level: 30,
  data: {},
  timestamp: 0,
  updatedAt: 0,
  count: 1,
  notify: [],
  rev: 1,
});

/** Says what happens, in order. */
function noted() {
  const events: string[] = [];
  const note =
    (what: string) =>
    async (_job: string, { part, action }: About) =>
      void events.push(`${what} ${part} ${action}`);
  const ledger: CallLedger = {
    begin: note('begin'),
    end: note('end'),
    recover: async (job) => void events.push(`recover ${job}`),
  };
  return { events, ledger };
}

function handlersThat(events: string[]): Handlers {
  const asked = (part: string) => events.push(`ask ${part}`);
  const definition = {
    visible: async (_action: unknown, users: readonly string[]) => {
      asked('visible');
      return users;
    },
    handlers: [
      {
        verb: 'closed',
        group: () => asked('group') > 0,
        combineWith: { closed: () => asked('combineWith') < 0 },
      },
    ],
  };
  return new SettingsHandlers(readSettings(definition), () => undefined);
}

describe('a job on which a process died', () => {
  it('takes what that left open, and notes every call before it is made until it ends', async () => {
    const { events, ledger } = noted();
    const deps = { handlers: handlersThat(events) };
    await carefully(deps, ledger, 'job', async ({ handlers }) => {
      const [newer, older] = [closed('b'), closed('a')];
      const pair = { verb: 'closed', other: 'closed', older };
      expect(await handlers.firstCombining(newer, [pair], new Patience())).toBe(-1);
      expect(await handlers.firstSimilar(newer, [older], () => false, new Patience())).toBe(0);
      expect(await handlers.visibleTo(newer, ['ada'])).toEqual(new Set(['ada']));
    });
    expect(events).toEqual([
      'recover job',
      'begin combineWith.closed b a',
      'ask combineWith',
      'end combineWith.closed b a',
      'begin group b a',
      'ask group',
      'end group b a',
      'begin visible b',
      'ask visible',
      'end visible b',
    ]);
  });

  it('asks `visible` about one action at a time, and about none when it is over', async () => {
    const { events, ledger } = noted();
    const deps = { handlers: handlersThat(events) };
    const left = await carefully(deps, ledger, 'job', async ({ handlers }) => {
      const first = await Promise.all(['a', 'b'].map((id) => handlers.visibleTo(closed(id), ['ada'])));
      expect(first).toEqual([new Set(['ada']), new Set(['ada'])]);
      return { later: [handlers.visibleTo(closed('c'), ['ada']), handlers.visibleTo(closed('d'), ['ada'])] };
    });
    await Promise.all(left.later);
    const calls = events.filter((event) => !event.startsWith('ask') && event !== 'recover job');
    expect(calls.slice(0, 4)).toEqual([
      'begin visible a',
      'end visible a',
      'begin visible b',
      'end visible b',
    ]);
    expect(events).not.toContain('begin visible d');
  });
});

it('a part that rests in all processes is not called, and nothing is told of it', async () => {
  const events: string[] = [];
  const faults: unknown[] = [];
  const settings = readSettings({
    handlers: [{ verb: 'closed', group: () => events.push('asked') > 0, text: () => 'text' }],
  });
  const handlers = new SettingsHandlers(settings, (fault) => faults.push(fault), {
    isResting: ({ part }) => part === 'group',
  });
  const found = await handlers.firstSimilar(closed('b'), [closed('a')], () => true, new Patience());
  expect([found, events, faults]).toEqual([0, [], []]);
  expect(handlers.text(closed('a'), { locale: 'en', user: null, context: {} })).toBe('text');
});
