import { type MouseEvent, type ReactNode, useCallback, useId, useRef, useState } from 'react';
import type { FeedItem } from '../../../protocol/entities.ts';
import type { HubError } from '../../src/error.ts';
import { badgeOf } from '../../ui/badge.ts';
import type { Labels } from '../../ui/labels.ts';
import { useCounts } from '../feed.ts';
import { Announcements } from './announcements.tsx';
import { useLatest } from './latest.ts';
import { Panel } from './panel.tsx';
import type { InboxParts } from './parts.ts';
import { usePlacement } from './placement.ts';
import { usePopover } from './popover.ts';
import { useProblems } from './problem.ts';
import { useSettings } from './settings.ts';

export interface InboxProps {
  /** `bell` (default): a button with a badge that opens a panel; `page`: the list in the flow of the page. */
  layout?: 'bell' | 'page';
  /** Replaces parts with components that take the same props. */
  components?: Partial<InboxParts>;
  /** Overrides texts. */
  labels?: Partial<Labels>;
  /** BCP 47: the language of times. Default: the nearest `lang`, otherwise the browser's. */
  locale?: string;
  /** `auto` (default): follows the user's system setting. */
  theme?: 'auto' | 'light' | 'dark';
  /**
   * Called when an item is clicked. Then the item is marked as read, its link is followed, and the bell's panel closes.
   * Return `false` or prevent the event's default to skip all of that.
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
 * The inbox of the provider's hub. It has no built-in style. Import `@hubbub/client/react/inbox.css`, or style its
 * class names, which are stable.
 */
export function Inbox({ layout = 'bell', ...props }: InboxProps): ReactNode {
  return layout === 'page' ? <PageInbox {...props} /> : <BellInbox {...props} />;
}

function PageInbox(props: Omit<InboxProps, 'layout'>): ReactNode {
  const root = useRef<HTMLElement>(null);
  const settings = useSettings(root, props);
  const problems = useProblems(props.onError);
  const titleId = useId();
  return (
    <section ref={root} className={classOf('page', props)} aria-labelledby={titleId}>
      <Panel
        onSelect={props.onSelect}
        problems={problems}
        settings={settings}
        titleId={titleId}
        close={null}
      />
      <Announcements labels={settings.labels} />
    </section>
  );
}

function BellInbox(props: Omit<InboxProps, 'layout'>): ReactNode {
  const { open: controlledOpen, defaultOpen = false, onOpenChange } = props;
  const root = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const settings = useSettings(root, props);
  const problems = useProblems(props.onError);
  const { parts, ...partProps } = settings;
  const counts = useCounts();
  const [uncontrolledOpen, setUncontrolledOpen] = useState(defaultOpen);
  const isOpen = controlledOpen ?? uncontrolledOpen;
  const id = useId();
  const [bellId, panelId, titleId] = [`${id}-bell`, `${id}-panel`, `${id}-title`];

  const setOpen = (next: boolean): void => {
    setUncontrolledOpen(next);
    onOpenChange?.(next);
  };
  const close = useClose(root, bellId, setOpen);
  const popover = usePopover({ root, panel, isOpen, close });
  const placement = usePlacement(root, panel, isOpen);
  const badge = badgeOf(counts);
  return (
    <div ref={root} className={classOf('bell', props)} {...popover}>
      <parts.Bell
        {...partProps}
        counts={counts}
        badge={badge}
        open={isOpen}
        buttonProps={{
          type: 'button',
          id: bellId,
          'aria-label': settings.labels.open(badge),
          'aria-haspopup': 'dialog',
          'aria-expanded': isOpen,
          'aria-controls': isOpen ? panelId : undefined,
          onClick: () => setOpen(!isOpen),
        }}
      />
      {isOpen && (
        <div
          ref={panel}
          id={panelId}
          className="hubbub-inbox__panel"
          role="dialog"
          aria-labelledby={titleId}
          tabIndex={-1}
          style={placement}
        >
          <Panel
            onSelect={props.onSelect}
            problems={problems}
            settings={settings}
            titleId={titleId}
            close={() => close(true)}
          />
        </div>
      )}
      <Announcements labels={settings.labels} />
    </div>
  );
}

/** Returns a stable function. `returnFocus`: moves the focus to the bell. */
function useClose(
  root: { readonly current: HTMLElement | null },
  bellId: string,
  setOpen: (open: boolean) => void,
): (returnFocus: boolean) => void {
  const setOpenRef = useLatest(setOpen);
  return useCallback(
    (returnFocus) => {
      if (returnFocus) root.current?.querySelector<HTMLElement>(`#${CSS.escape(bellId)}`)?.focus();
      setOpenRef.current(false);
    },
    [root, bellId, setOpenRef],
  );
}

const classOf = (layout: string, { theme = 'auto', className }: InboxProps): string =>
  [
    'hubbub-inbox',
    `hubbub-inbox--${layout}`,
    ...(theme === 'auto' ? [] : [`hubbub-inbox--${theme}`]),
    ...(className ? [className] : []),
  ].join(' ');
