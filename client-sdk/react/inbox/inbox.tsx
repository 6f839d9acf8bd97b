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
  /** `bell` (default): a button with a badge that opens a panel; `page`: the list in the page's flow. */
  layout?: 'bell' | 'page';
  /** Replaces parts by components with the same props. */
  components?: Partial<InboxParts>;
  /** Replaces texts. */
  labels?: Partial<Labels>;
  /** BCP 47: the language of times. Default: the nearest `lang`, else the browser's. */
  locale?: string;
  /** `auto` (default): as the reader prefers. */
  theme?: 'auto' | 'light' | 'dark';
  /**
   * An item was clicked: it is marked read, its link followed, and the bell's panel closed. Nothing of that happens where
   * it answers `false` or prevents the event's default.
   */
  onSelect?(item: FeedItem, event: MouseEvent<HTMLElement>): unknown;
  /** Loading failed, or what the user did was refused; the inbox says so as well. Told once for each. */
  onError?(error: HubError): void;
  /** Of the bell's panel, where the page decides; with `onOpenChange`. */
  open?: boolean;
  /** Whether the panel is open at first. Default false. */
  defaultOpen?: boolean;
  onOpenChange?(open: boolean): void;
  /** Added to the class of its root. */
  className?: string;
}

/**
 * The inbox of the provider's hub. It brings no style of its own: `@hubbub/client/react/inbox.css` is one, by class names
 * that stay the same.
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
  const { open: given, defaultOpen = false, onOpenChange } = props;
  const root = useRef<HTMLDivElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const settings = useSettings(root, props);
  const problems = useProblems(props.onError);
  const { parts, ...texts } = settings;
  const counts = useCounts();
  const [own, setOwn] = useState(defaultOpen);
  const isOpen = given ?? own;
  const id = useId();
  const [bellId, panelId, titleId] = [`${id}-bell`, `${id}-panel`, `${id}-title`];

  const change = (next: boolean): void => {
    setOwn(next);
    onOpenChange?.(next);
  };
  const close = useCloser(root, bellId, change);
  const popover = usePopover({ root, panel, isOpen, close });
  const placement = usePlacement(root, panel, isOpen);
  const badge = badgeOf(counts);
  return (
    <div ref={root} className={classOf('bell', props)} {...popover}>
      <parts.Bell
        {...texts}
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
          onClick: () => change(!isOpen),
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

/** The same function each time. */
function useCloser(
  root: { readonly current: HTMLElement | null },
  bellId: string,
  change: (open: boolean) => void,
): (back: boolean) => void {
  const latest = useLatest(change);
  return useCallback(
    (back) => {
      if (back) root.current?.querySelector<HTMLElement>(`#${CSS.escape(bellId)}`)?.focus();
      latest.current(false);
    },
    [root, bellId, latest],
  );
}

const classOf = (layout: string, { theme = 'auto', className }: InboxProps): string =>
  [
    'hubbub-inbox',
    `hubbub-inbox--${layout}`,
    ...(theme === 'auto' ? [] : [`hubbub-inbox--${theme}`]),
    ...(className ? [className] : []),
  ].join(' ');
