import type { FeedItem } from '@hubbub/client';
import {
  formatRelative,
  type InboxView,
  itemLabel,
  linkOf,
  type Row,
  shownLevelOf,
} from '@hubbub/inbox/engine';
import { memo, type ReactNode } from 'react';
import type { ItemProps } from './parts.ts';
import type { Settings } from './settings.ts';

/** The operations on an item. Stable functions, so that only changed items rerender. */
export interface ItemActions {
  select(item: FeedItem, event: Parameters<ItemProps['select']>[0]): void;
  markRead(item: FeedItem): void;
  markUnread(item: FeedItem): void;
  press(item: FeedItem, button: string): void;
}

interface ListProps {
  view: InboxView;
  settings: Settings;
  actions: ItemActions;
}

export function List({ view, settings, actions }: ListProps): ReactNode {
  const { rows, spaceBelow, isBusy } = view;
  return (
    <div
      className="hubbub-inbox__list"
      role="feed"
      aria-label={settings.labels.title}
      aria-busy={isBusy}
      // The browser's scroll anchoring does not know the margins.
      style={{ overflowAnchor: 'none', paddingBottom: spaceBelow }}
    >
      {rows.map((row) => (
        <ListItem key={row.item.id} {...{ row, view, settings, actions }} />
      ))}
    </div>
  );
}

function ListItem({ row, view, settings, actions }: ListProps & { row: Row }): ReactNode {
  const { item, index, gap, isTabStop, isNew } = row;
  const { labels, locale } = settings;
  const { id, unread, at, action } = item;
  const time = formatRelative(at, { locale, now: view.now });
  const level = shownLevelOf(action);
  const states = `${level ? ` hubbub-inbox__item--${level}` : ''}${unread ? ' hubbub-inbox__item--unread' : ''}${isNew ? ' hubbub-inbox__item--new' : ''}`;
  return (
    <article
      className={`hubbub-inbox__item${states}`}
      data-id={id}
      tabIndex={isTabStop ? 0 : -1}
      aria-posinset={index + 1}
      aria-setsize={view.setSize}
      aria-label={itemLabel(item, labels, time)}
      style={gap === 0 ? undefined : { marginTop: gap }}
    >
      <Content {...{ item, time, isTabStop, settings, actions }} />
    </article>
  );
}

interface ContentProps extends Omit<ListProps, 'view'> {
  item: FeedItem;
  time: string;
  isTabStop: boolean;
}

/** The content of an item rerenders only when it changes, not when its place does. */
const Content = memo(function Content({ item, time, isTabStop, settings, actions }: ContentProps): ReactNode {
  const { parts, labels, locale } = settings;
  return (
    <parts.Item
      item={item}
      time={time}
      href={linkOf(item.action)}
      tabIndex={isTabStop ? 0 : -1}
      select={(event) => actions.select(item, event)}
      markRead={() => actions.markRead(item)}
      markUnread={() => actions.markUnread(item)}
      press={(button) => actions.press(item, button)}
      labels={labels}
      locale={locale}
      parts={parts}
    />
  );
});
