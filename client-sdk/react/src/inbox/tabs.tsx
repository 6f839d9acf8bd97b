import { badgeOf, inboxTabs } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import type { TabsProps } from './parts.ts';

export function Tabs({ labels, counts, selected, select, panelId, tabId }: TabsProps): ReactNode {
  const badge = badgeOf(counts);
  return (
    <div className="hubbub-inbox__tabs" role="tablist" aria-label={labels.title}>
      {inboxTabs.map((tab) => (
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
          {tab === 'unread' && badge !== null && (
            <>
              {' '}
              <span className="hubbub-inbox__tab-count">{badge}</span>
            </>
          )}
        </button>
      ))}
    </div>
  );
}
