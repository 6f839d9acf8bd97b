import type { Disconnection, InboxEngine, InboxTab, InboxView } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import { type ItemActions, List } from './list.tsx';
import type { Settings } from './settings.ts';
import { Notice } from './states.tsx';

export interface PanelIds {
  panel: string;
  title: string;
  items: string;
  tab(tab: InboxTab): string;
}

export interface PanelProps {
  engine: InboxEngine;
  view: InboxView;
  settings: Settings;
  ids: PanelIds;
  actions: ItemActions;
  close: (() => void) | null;
}

/** The inbox without the bell. */
export function Panel({ engine, view, settings, ids, actions, close }: PanelProps): ReactNode {
  const { parts, ...partProps } = settings;
  const { counts, tab, connection, disconnection, problem, end } = view;
  return (
    <>
      <div className="hubbub-inbox__top">
        <parts.Header
          {...partProps}
          counts={counts}
          titleId={ids.title}
          markAllRead={engine.markAllRead}
          close={close}
        />
        <parts.Tabs
          {...partProps}
          counts={counts}
          selected={tab}
          select={engine.selectTab}
          panelId={ids.items}
          tabId={ids.tab}
        />
      </div>
      <div role="status">{disconnection && <Status {...{ engine, settings, disconnection }} />}</div>
      {problem && <parts.Error {...partProps} error={problem.error} retry={problem.retry} />}
      <div
        id={ids.items}
        className="hubbub-inbox__items"
        role="tabpanel"
        aria-labelledby={ids.tab(tab)}
        tabIndex={-1}
      >
        {view.rows.length > 0 && <List view={view} settings={settings} actions={actions} />}
        {view.isLoading && <parts.Loading {...partProps} connection={connection} />}
        {view.isEmpty && <parts.Empty {...partProps} tab={tab} />}
        {end && (
          <div className="hubbub-inbox__end">
            <parts.LoadMore
              {...partProps}
              isLoading={end.isLoading}
              error={end.error}
              loadMore={engine.loadMore}
            />
          </div>
        )}
      </div>
    </>
  );
}

interface StatusProps extends Pick<PanelProps, 'engine' | 'settings'> {
  disconnection: Disconnection;
}

/** Connecting again takes a moment, so it is not a part. */
function Status({ engine, settings, disconnection }: StatusProps): ReactNode {
  const { parts, ...partProps } = settings;
  const { connection, problem } = disconnection;
  if (connection === 'connecting')
    return <Notice labels={settings.labels} text={settings.labels.connecting} retry={null} />;
  const retry = problem && problem.retryAt !== null ? engine.reconnect : null;
  return <parts.Offline {...partProps} connection={connection} problem={problem} retry={retry} />;
}
