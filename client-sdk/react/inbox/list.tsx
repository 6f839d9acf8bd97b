import { memo, type ReactNode, type RefObject, useRef } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import { linkOf } from '../../ui/link.ts';
import { useListFocus } from './focus.tsx';
import type { InboxParts, ItemProps, PartProps } from './parts.ts';
import { useWindow } from './window.ts';

/** The operations on an item. Stable functions, so that only changed items rerender. */
export interface ItemActions {
  select(item: FeedItem, event: Parameters<ItemProps['select']>[0]): void;
  markRead(item: FeedItem): void;
  markUnread(item: FeedItem): void;
}

interface ListProps extends PartProps {
  items: readonly FeedItem[];
  parts: InboxParts;
  itemActions: ItemActions;
  isBusy: boolean;
  /** Receives the focus if no item is left. */
  fallback: RefObject<HTMLElement | null>;
}

export function List({ items, isBusy, fallback, ...others }: ListProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const focus = useListFocus(list, items, fallback);
  const { rows, spaceBelow, isPartial } = useWindow(list, items, focus.id);
  return (
    <ul
      ref={list}
      className="hubbub-inbox__list"
      // biome-ignore lint/a11y/noRedundantRoles: without list markers, some browsers do not expose a list
      role="list"
      aria-busy={isBusy}
      style={{ overflowAnchor: 'none', ...(isPartial && { paddingBlockEnd: spaceBelow }) }}
      onFocus={focus.onFocus}
      onBlur={focus.onBlur}
    >
      {rows.map(({ index, gap }) => {
        const item = items[index];
        return (
          item && (
            <ListItem
              key={item.id}
              item={item}
              gap={gap}
              position={isPartial ? index + 1 : undefined}
              size={isPartial ? items.length : undefined}
              {...others}
            />
          )
        );
      })}
    </ul>
  );
}

interface ListItemProps extends PartProps {
  item: FeedItem;
  parts: InboxParts;
  itemActions: ItemActions;
  gap: number;
  /** In a virtualized list: the 1-based position of the item, and the number of items. */
  position: number | undefined;
  size: number | undefined;
}

const ListItem = memo(function ListItem({
  item,
  parts,
  itemActions,
  gap,
  position,
  size,
  labels,
  locale,
}: ListItemProps): ReactNode {
  const { Item } = parts;
  return (
    <li
      className={`hubbub-inbox__item${item.unread ? ' hubbub-inbox__item--unread' : ''}`}
      data-id={item.id}
      style={gap === 0 ? undefined : { marginBlockStart: gap }}
      aria-posinset={position}
      aria-setsize={size}
    >
      <Item
        item={item}
        href={linkOf(item.action)}
        select={(event) => itemActions.select(item, event)}
        markRead={() => itemActions.markRead(item)}
        markUnread={() => itemActions.markUnread(item)}
        labels={labels}
        locale={locale}
        parts={parts}
      />
    </li>
  );
});
