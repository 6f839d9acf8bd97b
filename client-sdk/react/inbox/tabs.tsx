import type { KeyboardEvent, ReactNode } from 'react';
import { badgeOf } from '../../ui/badge.ts';
import type { InboxTab, TabsProps } from './parts.ts';

const tabs: readonly InboxTab[] = ['all', 'unread'];
/** With two tabs, both keys select the other one. */
const arrowKeys = new Set(['ArrowLeft', 'ArrowRight']);

export function Tabs({ labels, counts, selected, select, panelId, tabId }: TabsProps): ReactNode {
  const badge = badgeOf(counts);
  const handleKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    const other = selected === 'all' ? 'unread' : 'all';
    const nextTab = arrowKeys.has(event.key) ? other : { Home: tabs[0], End: tabs[1] }[event.key];
    if (nextTab === undefined) return;
    event.preventDefault();
    select(nextTab);
    event.currentTarget.querySelector<HTMLElement>(`[data-tab="${nextTab}"]`)?.focus();
  };
  return (
    <div className="hubbub-inbox__tabs" role="tablist" aria-label={labels.title} onKeyDown={handleKeyDown}>
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
          // Arrow keys move between tabs; the Tab key leaves the tab list.
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
