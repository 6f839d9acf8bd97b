import { describe, expect, it } from 'vitest';
import { readSettings } from '../../../../config/settings.ts';
import { SettingsHandlers } from '../../../../core/handlers/handlers.ts';
import { type CallLedger, runWithLedger } from '../../../../core/handlers/ledgered-handlers.ts';
import type { HandlerCallInfo } from '../../../../core/handlers/predicate-evaluator.ts';
import type { StoredAction } from '../../../../core/model/entities.ts';
import { asMillis } from '../../../../core/model/units.ts';
import type { Handlers } from '../../../../core/ports/handlers.ts';
import { TimeBudget } from '../../../../core/ports/time-budget.ts';

const closed = (id: string): StoredAction => ({
  id,
  actor: { type: 'user', id: 'ada' },
  verb: 'closed',
  targets: [],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
  version: 1,
});

/** A call ledger that records its calls in order. */
function recordingLedger() {
  const events: string[] = [];
  const record =
    (what: string) =>
    async (_job: string, { part, action }: HandlerCallInfo) =>
      void events.push(`${what} ${part} ${action}`);
  const ledger: CallLedger = {
    begin: record('begin'),
    end: record('end'),
    recover: async (job) => void events.push(`recover ${job}`),
  };
  return { events, ledger };
}

function recordingHandlers(events: string[]): Handlers {
  const recordCall = (part: string) => events.push(`call ${part}`);
  const definition = {
    visible: async (_action: unknown, users: readonly string[]) => {
      recordCall('visible');
      return users;
    },
    handlers: [
      {
        verb: 'closed',
        group: () => recordCall('group') > 0,
        combineWith: { closed: () => recordCall('combineWith') < 0 },
      },
    ],
  };
  return new SettingsHandlers(readSettings(definition), () => undefined);
}

describe('a job on which a process crashed', () => {
  it('recovers its open calls, and records every call from before it starts until it ends', async () => {
    const { events, ledger } = recordingLedger();
    const deps = { handlers: recordingHandlers(events) };
    await runWithLedger(deps, ledger, 'job', async ({ handlers }) => {
      const [newer, older] = [closed('b'), closed('a')];
      const pair = { verb: 'closed', other: 'closed', older };
      expect(await handlers.findCombinable(newer, [pair], new TimeBudget())).toBe(-1);
      expect(await handlers.findSimilar(newer, [older], () => false, new TimeBudget())).toBe(0);
      expect(await handlers.visibleTo(newer, ['ada'])).toEqual(new Set(['ada']));
    });
    expect(events).toEqual([
      'recover job',
      'begin combineWith.closed b a',
      'call combineWith',
      'end combineWith.closed b a',
      'begin group b a',
      'call group',
      'end group b a',
      'begin visible b',
      'call visible',
      'end visible b',
    ]);
  });

  it('calls `visible` for one action at a time, and for none after the job', async () => {
    const { events, ledger } = recordingLedger();
    const deps = { handlers: recordingHandlers(events) };
    const leaked = await runWithLedger(deps, ledger, 'job', async ({ handlers }) => {
      const first = await Promise.all(['a', 'b'].map((id) => handlers.visibleTo(closed(id), ['ada'])));
      expect(first).toEqual([new Set(['ada']), new Set(['ada'])]);
      return { later: [handlers.visibleTo(closed('c'), ['ada']), handlers.visibleTo(closed('d'), ['ada'])] };
    });
    await Promise.all(leaked.later);
    const calls = events.filter((event) => !event.startsWith('call') && event !== 'recover job');
    expect(calls.slice(0, 4)).toEqual([
      'begin visible a',
      'end visible a',
      'begin visible b',
      'end visible b',
    ]);
    expect(events).not.toContain('begin visible d');
  });
});

it('a circuit that is open in all processes is not called and reports nothing', async () => {
  const events: string[] = [];
  const faults: unknown[] = [];
  const settings = readSettings({
    handlers: [{ verb: 'closed', group: () => events.push('called') > 0, text: () => 'text' }],
  });
  const handlers = new SettingsHandlers(settings, (fault) => faults.push(fault), {
    isCircuitOpen: ({ part }) => part === 'group',
  });
  const found = await handlers.findSimilar(closed('b'), [closed('a')], () => true, new TimeBudget());
  expect([found, events, faults]).toEqual([0, [], []]);
  expect(handlers.text(closed('a'), { locale: 'en', user: null, context: {} })).toBe('text');
});
