import { memo, type ReactNode, type RefObject, useRef } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import { linkOf } from '../../ui/link.ts';
import { useListFocus } from './focus.tsx';
import type { InboxParts, ItemProps, PartProps } from './parts.ts';
import { useWindow } from './window.ts';

/** What can be done with an item. They stay the same, so that only what changed is drawn anew. */
export interface ItemCalls {
  select(item: FeedItem, event: Parameters<ItemProps['select']>[0]): void;
  markRead(item: FeedItem): void;
  markUnread(item: FeedItem): void;
}

interface ListProps extends PartProps {
  items: readonly FeedItem[];
  parts: InboxParts;
  calls: ItemCalls;
  isBusy: boolean;
  /** Gets the focus where no item is left that could. */
  fallback: RefObject<HTMLElement | null>;
}

export function List({ items, isBusy, fallback, ...others }: ListProps): ReactNode {
  const list = useRef<HTMLUListElement>(null);
  const focus = useListFocus(list, items, fallback);
  const { rows, below, isPart } = useWindow(list, items, focus.id);
  return (
    <ul
      ref={list}
      className="hubbub-inbox__list"
      // biome-ignore lint/a11y/noRedundantRoles: without list marks some browsers take a list for none
      role="list"
      aria-busy={isBusy}
      style={{ overflowAnchor: 'none', ...(isPart && { paddingBlockEnd: below }) }}
      onFocus={focus.onFocus}
      onBlur={focus.onBlur}
    >
      {rows.map(({ index, gap }) => {
        const item = items[index];
        return (
          item && (
            <Entry
              key={item.id}
              item={item}
              gap={gap}
              position={isPart ? index + 1 : undefined}
              size={isPart ? items.length : undefined}
              {...others}
            />
          )
        );
      })}
    </ul>
  );
}

interface EntryProps extends PartProps {
  item: FeedItem;
  parts: InboxParts;
  calls: ItemCalls;
  gap: number;
  /** In a list that is not drawn as a whole: where it is, beginning with 1, and of how many. */
  position: number | undefined;
  size: number | undefined;
}

const Entry = memo(function Entry({
  item,
  parts,
  calls,
  gap,
  position,
  size,
  labels,
  locale,
}: EntryProps): ReactNode {
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
        select={(event) => calls.select(item, event)}
        markRead={() => calls.markRead(item)}
        markUnread={() => calls.markUnread(item)}
        labels={labels}
        locale={locale}
        parts={parts}
      />
    </li>
  );
});
