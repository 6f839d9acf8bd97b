import type { KeyboardEvent, ReactNode } from 'react';
import { badgeOf } from '../../ui/badge.ts';
import type { InboxTab, TabsProps } from './parts.ts';

const tabs: readonly InboxTab[] = ['all', 'unread'];
/** There are two, so either way leads to the other. */
const turning = new Set(['ArrowLeft', 'ArrowRight']);

export function Tabs({ labels, counts, selected, select, panelId, tabId }: TabsProps): ReactNode {
  const badge = badgeOf(counts);
  const turn = (event: KeyboardEvent<HTMLElement>): void => {
    const other = selected === 'all' ? 'unread' : 'all';
    const wanted = turning.has(event.key) ? other : { Home: tabs[0], End: tabs[1] }[event.key];
    if (wanted === undefined) return;
    event.preventDefault();
    select(wanted);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${wanted}"]`)?.focus();
  };
  return (
    <div className="hubbub-inbox__tabs" role="tablist" aria-label={labels.title} onKeyDown={turn}>
      {tabs.map((tab) => (
        <button
          key={tab}
          type="button"
          id={tabId(tab)}
          className="hubbub-inbox__tab"
          role="tab"
          data-tab={tab}
          aria-selected={tab === selected}
          aria-controls={panelId}
          // The arrows lead from tab to tab, the tabulator out of them.
          tabIndex={tab === selected ? 0 : -1}
          onClick={() => select(tab)}
        >
          {labels[tab]}
          {tab === 'unread' && badge !== null && <span className="hubbub-inbox__tab-count">{badge}</span>}
        </button>
      ))}
    </div>
  );
}
