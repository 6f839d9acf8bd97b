import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../../core/actions/accept.ts';
import { markFeed } from '../../../../../core/feed/write/mark.ts';
import { type PressCall, type PressDeps, pressButton } from '../../../../../core/feed/write/press.ts';
import { asPosition } from '../../../../../core/model/units.ts';
import type { Handler } from '../../../../../core/settings.ts';
import type { PressAnswer } from '../../../../../protocol/entities.ts';
import { batch } from '../../../../../protocol/schemas/action.ts';
import { MemoryHub, principal, SPACE, service } from '../../../../support/memory/hub.ts';
import { until } from '../../../../support/until.ts';

const ada = principal('ada');
const buttons = [
  { id: 'yes', label: 'Yes' },
  { id: 'no', label: 'No' },
  { id: 'open', label: 'Open', url: '/7' },
];

class Fixture {
  readonly hub: MemoryHub;
  /** `ada`'s only item. */
  item = '';

  private constructor(press: Handler['press'], pause?: () => Promise<void>) {
    const handlers = new Map([['asked', { verb: 'asked', groupingDelay: 60, press }]]);
    this.hub = new MemoryHub({ settings: { handlers }, pause });
  }

  static async with(press?: Handler['press'], pause?: () => Promise<void>): Promise<Fixture> {
    const fixture = new Fixture(press, pause);
    await fixture.log({ buttons });
    fixture.item = fixture.stored.id;
    fixture.hub.bus.published.length = 0;
    return fixture;
  }

  /** Logs an action that is grouped with those before. */
  async log(content: object): Promise<void> {
    const actions = batch.parse([{ actor: 'user:bob', verb: 'asked', notify: ['ada'], ...content }]);
    await acceptActions(this.hub.deps, service, { actions, batch: true });
    await this.hub.work();
  }

  get stored() {
    const [item] = this.hub.stores.feeds.all();
    if (!item) throw new Error('there is no item');
    return item;
  }

  press(
    button: string,
    more: Partial<PressCall> = {},
    deps: PressDeps = this.hub.deps,
  ): Promise<PressAnswer> {
    return pressButton(deps, ada, { user: 'ada', item: this.item, button, locale: undefined, ...more });
  }
}

const codeOf = (pressing: Promise<unknown>): Promise<string> =>
  pressing.then(
    () => 'ok',
    (error: { code?: string }) => error.code ?? String(error),
  );

describe('a press', () => {
  it('is stored, read and seen, and published with the item', async () => {
    const calls: unknown[] = [];
    const fixture = await Fixture.with(
      (button, { action, user }) => void calls.push([button, action.id, user]),
    );
    const answer = await fixture.press('yes');
    const pressed = { button: 'yes', at: fixture.hub.time.now() };
    expect(calls).toEqual([['yes', fixture.stored.action, 'ada']]);
    expect(fixture.stored).toMatchObject({ pressed, unread: false, seen: true });
    expect(answer).toMatchObject({
      item: {
        id: fixture.item,
        unread: false,
        seen: true,
        pressed: { button: 'yes', at: new Date(pressed.at).toISOString() },
      },
      counts: { unread: 0, unseen: 0, capped: false },
    });
    expect(fixture.hub.bus.published.map(({ message }) => message)).toMatchObject([
      { kind: 'items', groups: [{ users: ['ada'], pressed, unread: false }], actions: [{ buttons }] },
    ]);
  });

  it('is stored without a handler', async () => {
    const fixture = await Fixture.with();
    expect(await codeOf(fixture.press('no'))).toBe('ok');
    expect(fixture.stored.pressed?.button).toBe('no');
  });

  it('after another is refused with the first, whatever the button', async () => {
    let calls = 0;
    const fixture = await Fixture.with(() => {
      calls += 1;
    });
    const { item } = await fixture.press('yes');
    for (const button of ['yes', 'no'])
      await expect(fixture.press(button)).rejects.toMatchObject({
        code: 'already_pressed',
        pressed: item.pressed,
      });
    expect(calls).toBe(1);
  });

  it.each([
    ['an unknown button', { button: 'maybe' }, 'unprocessable'],
    ['a link', { button: 'open' }, 'unprocessable'],
    ['an unknown item', { item: 'none:ada' }, 'not_found'],
    ['the item of another user', { item: ':bob' }, 'not_found'],
    ['the feed of another user', { user: 'bob' }, 'forbidden'],
  ])('of %s is refused, and the handler is not asked', async (_, call, code) => {
    let calls = 0;
    const fixture = await Fixture.with(() => {
      calls += 1;
    });
    const { action } = fixture.stored;
    const item = 'item' in call ? call.item.replace(/^:/, `${action}:`) : fixture.item;
    expect(await codeOf(fixture.press('yes', { ...call, item }))).toBe(code);
    expect(calls).toBe(0);
    expect(fixture.stored).toMatchObject({ unread: true, seen: false });
  });

  it('that the handler refuses changes nothing and can be repeated', async () => {
    const messages = ['Not today', 'Nor tomorrow'];
    const fixture = await Fixture.with(() => {
      const message = messages.shift();
      if (message) throw new Error(message);
    });
    const before = fixture.stored;
    await expect(fixture.press('yes')).rejects.toMatchObject({ code: 'press_refused', message: 'Not today' });
    await expect(fixture.press('no')).rejects.toMatchObject({
      code: 'press_refused',
      message: 'Nor tomorrow',
    });
    expect(fixture.stored).toEqual(before);
    expect(fixture.hub.bus.published).toEqual([]);
    expect(await codeOf(fixture.press('no'))).toBe('ok');
  });

  it('of many at once wins alone, and its handler alone runs', async () => {
    let [running, most, calls] = [0, 0, 0];
    const fixture = await Fixture.with(
      async () => {
        running += 1;
        calls += 1;
        most = Math.max(most, running);
        await new Promise(setImmediate);
        running -= 1;
      },
      () => new Promise(setImmediate),
    );
    const buttonsPressed = ['yes', 'no', 'yes', 'no'];
    const results = await Promise.allSettled(buttonsPressed.map((button) => fixture.press(button)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const { pressed } = fixture.stored;
    const first = { button: pressed?.button, at: new Date(pressed?.at ?? 0).toISOString() };
    for (const result of results) {
      if (result.status === 'rejected')
        expect(result.reason).toMatchObject({ code: 'already_pressed', pressed: first });
    }
    expect([calls, most]).toEqual([1, 1]);
  });

  it('that waits for another is made when the handler refuses the other', async () => {
    let refuse = (): void => undefined;
    const first = new Promise<void>((_, reject) => {
      refuse = () => reject(new Error('No'));
    });
    const asked: string[] = [];
    const fixture = await Fixture.with((button) => {
      asked.push(button);
      return button === 'yes' ? first : undefined;
    });
    const pressing = [codeOf(fixture.press('yes')), codeOf(fixture.press('no'))];
    await until(() => asked.length === 1);
    refuse();
    expect(await Promise.all(pressing)).toEqual(['press_refused', 'ok']);
    expect(asked).toEqual(['yes', 'no']);
  });

  it('is possible once the claim of a gateway that ended has expired', async () => {
    const fixture = await Fixture.with();
    const { feeds } = fixture.hub.stores;
    const now = await fixture.hub.clock.now(SPACE);
    await feeds.claimPress({ id: fixture.item, token: 'gone', now, until: asPosition(now + 10_000_000) });
    let isWaiting = false;
    const process = fixture.hub.process(async (method) => {
      if (method === 'claimPress') isWaiting = true;
    });
    const pressing = fixture.press('yes', {}, { ...process, now: fixture.hub.time.now });
    await until(() => isWaiting);
    expect(fixture.stored.pressed).toBeUndefined();
    fixture.hub.time.advance(10_001);
    expect((await pressing).item.pressed?.button).toBe('yes');
  });

  it('ends for its caller when the caller leaves', async () => {
    const fixture = await Fixture.with();
    const controller = new AbortController();
    controller.abort(new Error('left'));
    const call = { signal: controller.signal, releaseSlot: () => undefined, bytes: null };
    const input = { user: 'ada', item: fixture.item, button: 'yes', locale: undefined };
    await expect(pressButton(fixture.hub.deps, { ...ada, call }, input)).rejects.toThrow('left');
  });
});

describe('a merge into the action', () => {
  it('makes a pressed item pressable again, with the new buttons', async () => {
    const fixture = await Fixture.with();
    await fixture.press('yes');
    await fixture.log({ buttons: [{ id: 'again', label: 'Again' }] });
    expect(fixture.stored).toMatchObject({ unread: true, seen: false });
    expect(fixture.stored.pressed).toBeUndefined();
    expect(await codeOf(fixture.press('yes'))).toBe('unprocessable');
    expect((await fixture.press('again')).item.pressed?.button).toBe('again');
  });

  it('while the handler runs leaves the new state unpressed', async () => {
    const fixture: Fixture = await Fixture.with(() => fixture.log({ buttons }));
    const answer = await fixture.press('yes');
    expect(answer.item).toMatchObject({ pressed: null, unread: true, action: { count: 2 } });
    expect(fixture.stored.pressed).toBeUndefined();
  });

  it.each([
    ['before it is claimed', 'writer'],
    ['while it is claimed', 'releasePress'],
  ])('that is not in the feed yet lets a press wait for it: %s', async (_, lastCall) => {
    const asked: unknown[] = [];
    const fixture = await Fixture.with((_button, { action }) => void asked.push(action.buttons));
    const { stores } = fixture.hub;
    const [stored] = stores.actions.all();
    if (!stored) throw new Error('there is no action');
    const again = [{ id: 'yes', label: 'Again' }];
    const newer = { ...stored, version: stored.version + 1, buttons: again };
    const merge = () => stores.actions.replace(newer, stored.version, asPosition(0));
    if (lastCall === 'writer') await merge();
    let waits = false;
    const process = fixture.hub.process(async (method) => {
      if (method === 'claimPress') await merge();
      waits ||= method === lastCall;
    });
    const pressing = fixture.press('yes', {}, { ...process, now: fixture.hub.time.now });
    await until(() => waits);
    expect(asked).toEqual([]);
    const position = fixture.hub.clock.nextPosition(SPACE);
    await stores.feeds.bump([{ ids: [fixture.item], version: newer.version, position }]);
    expect((await pressing).item.pressed?.button).toBe('yes');
    expect(asked).toEqual([again]);
  });
});

describe('a change of the feed meanwhile', () => {
  it('such as a mark does not lose the press', async () => {
    const fixture = await Fixture.with();
    let isFirst = true;
    const process = fixture.hub.process(async (method) => {
      if (method !== 'press' || !isFirst) return;
      isFirst = false;
      const input = { ids: [fixture.item] };
      await markFeed(fixture.hub.deps, ada, { user: 'ada', mark: 'seen', input, origin: null });
    });
    const { item } = await fixture.press('yes', {}, { ...process, now: fixture.hub.time.now });
    expect(item).toMatchObject({ unread: false, seen: true, pressed: { button: 'yes' } });
  });

  it('such as a removal is an error', async () => {
    const fixture: Fixture = await Fixture.with(async () => {
      const position = fixture.hub.clock.nextPosition(SPACE);
      await fixture.hub.stores.feeds.remove([fixture.item], position);
    });
    expect(await codeOf(fixture.press('yes'))).toBe('not_found');
  });
});
