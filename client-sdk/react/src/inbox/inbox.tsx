import type { FeedItem, HubError } from '@hubbub/client';
import { directionOf, type InboxEngine, type Labels, linkOf } from '@hubbub/inbox/engine';
import { type MouseEvent, type ReactNode, type RefObject, useId, useMemo, useRef, useState } from 'react';
import { useEngine } from './engine.ts';
import { useLatest } from './latest.ts';
import type { ItemActions } from './list.tsx';
import { Panel, type PanelIds } from './panel.tsx';
import type { InboxParts } from './parts.ts';
import { useSettings } from './settings.ts';
import { LiveRegion } from './visually-hidden.tsx';

export interface InboxProps {
  /** `bell` (default): a button with a badge that opens a panel; `page`: the list in the flow of the page. */
  layout?: 'bell' | 'page';
  /** Replaces parts with components that take the same props. */
  components?: Partial<InboxParts>;
  /** Overrides texts. */
  labels?: Partial<Labels>;
  /** BCP 47: the language of labels and times. Default: the nearest `lang`, otherwise English and the browser's times. */
  locale?: string;
  /** `auto` (default): follows the user's system setting. */
  theme?: 'auto' | 'light' | 'dark';
  /**
   * Called when an item, or a name in it, is clicked. Then the item is marked as read, its link is followed, and the
   * bell's panel closes. Return `false` or prevent the event's default to skip all of that. Not called when the click
   * opens a link elsewhere, with the middle button or a modifier key: that only marks the item.
   */
  onSelect?(item: FeedItem, event: MouseEvent<HTMLElement>): unknown;
  /** Called once for each error: loading failed, or a user's operation was rejected. The inbox shows it as well. */
  onError?(error: HubError): void;
  /** Controls the bell's panel; use it with `onOpenChange`. */
  open?: boolean;
  /** Whether the panel is open initially. Default false. */
  defaultOpen?: boolean;
  onOpenChange?(open: boolean): void;
  /** Added to the class of the root element. */
  className?: string;
}

/**
 * The inbox of the provider's hub. It has no built-in style. Import `@hubbub/react/inbox.css`, or style its class
 * names, which are stable.
 */
export function Inbox({ layout = 'bell', ...props }: InboxProps): ReactNode {
  // In another layout it is another inbox, which starts closed.
  return <LayoutInbox key={layout} layout={layout} {...props} />;
}

function LayoutInbox({ layout, ...props }: InboxProps & { layout: 'bell' | 'page' }): ReactNode {
  const { open: controlledOpen, defaultOpen = false, onOpenChange } = props;
  const section = useRef<HTMLElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const root: RefObject<HTMLElement | null> = layout === 'page' ? section : box;
  const settings = useSettings(root, props);
  const [uncontrolledOpen, setUncontrolledOpen] = useState(defaultOpen);
  const isOpen = layout === 'bell' && (controlledOpen ?? uncontrolledOpen);
  const setOpen = (next: boolean): void => {
    setUncontrolledOpen(next);
    onOpenChange?.(next);
  };
  const { engine, view } = useEngine({ root, layout, isOpen, setOpen, onError: props.onError });
  const actions = useItemActions(engine, props.onSelect);
  const ids = useIds();
  const { parts, ...partProps } = settings;
  const { badge, announcement } = view;
  const announced = announcement
    ? settings.labels.arrived(announcement.count, announcement.newest.action.text)
    : '';
  const rootProps = {
    className: classOf(layout, props),
    dir: directionOf(settings.locale),
    onClick: actions.click,
    onAuxClick: actions.click,
  };
  const panel = (close: (() => void) | null): ReactNode => (
    <Panel {...{ engine, view, settings, ids, actions, close }} />
  );
  if (layout === 'page') {
    return (
      <section ref={section} aria-labelledby={ids.title} {...rootProps}>
        {panel(null)}
        <LiveRegion text={announced} />
      </section>
    );
  }
  return (
    <div ref={box} {...rootProps}>
      <parts.Bell
        {...partProps}
        counts={view.counts}
        badge={badge}
        open={isOpen}
        buttonProps={{
          type: 'button',
          'aria-label': settings.labels.open(badge),
          'aria-haspopup': 'dialog',
          'aria-expanded': isOpen,
          'aria-controls': isOpen ? ids.panel : undefined,
          onClick: () => setOpen(!isOpen),
        }}
      />
      {isOpen && (
        <div
          id={ids.panel}
          className="hubbub-inbox__panel"
          popover="manual"
          role="dialog"
          aria-labelledby={ids.title}
          tabIndex={-1}
        >
          {panel(() => engine.setOpen(false))}
        </div>
      )}
      <LiveRegion text={announced} />
    </div>
  );
}

function useIds(): PanelIds {
  const id = useId();
  return { panel: `${id}-panel`, title: `${id}-title`, items: `${id}-items`, tab: (tab) => `${id}-${tab}` };
}

/** Stable functions, so that only changed items rerender. */
function useItemActions(
  engine: InboxEngine,
  onSelect: InboxProps['onSelect'],
): ItemActions & { click(event: MouseEvent<HTMLElement>): void } {
  const onSelectRef = useLatest(onSelect);
  return useMemo(() => {
    const confirm = (item: FeedItem, event: MouseEvent<HTMLElement>): boolean =>
      onSelectRef.current?.(item, event) !== false && !event.defaultPrevented;
    return {
      click: (event) => engine.click(event, (item) => confirm(item, event)),
      select: (item, event) => engine.select(item, linkOf(item.action), event, () => confirm(item, event)),
      markRead: (item) => engine.markRead(item),
      markUnread: (item) => engine.markUnread(item),
      press: (item, button) => engine.press(item, button),
    };
  }, [engine, onSelectRef]);
}

const classOf = (layout: string, { theme = 'auto', className }: InboxProps): string =>
  [
    'hubbub-inbox',
    `hubbub-inbox--${layout}`,
    ...(theme === 'auto' ? [] : [`hubbub-inbox--${theme}`]),
    ...(className ? [className] : []),
  ].join(' ');
