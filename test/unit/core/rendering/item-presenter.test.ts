import { expect, it } from 'vitest';
import { SettingsHandlers } from '../../../../core/handlers/handlers.ts';
import type { StoredAction, StoredItem } from '../../../../core/model/entities.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';
import { ItemPresenter, presentItem } from '../../../../core/rendering/present.ts';
import { defaultSettings, type Settings } from '../../../../core/settings.ts';

const ref = (id: string) => ({ type: 'issue', id });
const action: StoredAction = {
  id: 'a1',
  actor: { type: 'user', id: 'bob', name: 'Bob' },
  verb: 'closed',
  targets: [ref('1'), ref('2')],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(0),
  updatedAt: asMillis(0),
  count: 1,
  notify: [],
  version: 1,
};
const itemOf = (user: string): StoredItem => ({
  id: `a1:${user}`,
  user,
  action: 'a1',
  at: asMillis(0),
  position: asPosition(1),
  deliveredPosition: asPosition(1),
  version: 1,
  unread: user === 'ada',
  seen: user !== 'ada',
});

const handlersWith = (handlers: Settings['handlers'] = new Map()) =>
  new SettingsHandlers({ ...defaultSettings, handlers }, () => undefined);

const locales = [undefined, 'en', 'de', 'de-CH'];
const users = ['ada', 'cy'];

it('readers in one language share the presented action, and get what each would get alone', () => {
  const handlers = handlersWith();
  const presenter = new ItemPresenter(action, handlers);
  for (const locale of locales) {
    const [first, second] = users.map((user) => presenter.present(itemOf(user), locale));
    expect(second?.action).toBe(first?.action);
    expect([first, second]).toEqual(
      users.map((user) => presentItem({ ...itemOf(user), shownAction: action }, { handlers, locale })),
    );
  }
});

it('a handler that writes texts is asked for each reader', () => {
  const text = (_: unknown, { user, locale }: { user: string | null; locale: string }) => `${user} ${locale}`;
  const presenter = new ItemPresenter(action, handlersWith(new Map([['closed', { verb: 'closed', text }]])));
  expect(users.map((user) => presenter.present(itemOf(user), 'de').action.text)).toEqual(['ada de', 'cy de']);
  expect(presenter.present(itemOf('ada'), 'en').action.text).toBe('ada en');
});
