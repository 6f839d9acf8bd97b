/** Messages in place of the list, and above and below it. */
import { failureText } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { EmptyProps, ErrorProps, LoadingProps, LoadMoreProps, OfflineProps } from './parts.ts';
import { VisuallyHidden } from './visually-hidden.tsx';

export function Empty({ labels, tab }: EmptyProps): ReactNode {
  return (
    <div className="hubbub-inbox__empty">
      <Icon name="tray" />
      <p className="hubbub-inbox__empty-title">{tab === 'all' ? labels.empty : labels.emptyUnread}</p>
      {tab === 'all' && <p className="hubbub-inbox__empty-hint">{labels.emptyHint}</p>}
    </div>
  );
}

export function Loading({ labels, connection }: LoadingProps): ReactNode {
  return (
    <div className="hubbub-inbox__loading">
      <VisuallyHidden>{connection === 'connecting' ? labels.connecting : labels.loading}</VisuallyHidden>
      <div className="hubbub-inbox__skeleton" />
      <div className="hubbub-inbox__skeleton" />
      <div className="hubbub-inbox__skeleton" />
      <div className="hubbub-inbox__skeleton" />
    </div>
  );
}

/** Shows a label instead of the error's message, which is meant for developers, unless the application refused a press. */
export function ErrorNote({ labels, error, retry }: ErrorProps): ReactNode {
  return (
    <div className="hubbub-inbox__error" role="alert">
      <Icon name="alert" />
      <p className="hubbub-inbox__error-text" dir="auto">
        {failureText(error, labels)}
      </p>
      {retry !== null && (
        <button type="button" className="hubbub-inbox__retry" onClick={retry}>
          {labels.retry}
        </button>
      )}
    </div>
  );
}

export function Offline({ labels, connection, problem, retry }: OfflineProps): ReactNode {
  return <Notice labels={labels} text={problem ? labels.signInFailed : labels[connection]} retry={retry} />;
}

interface NoticeProps extends Pick<OfflineProps, 'labels' | 'retry'> {
  text: string;
}

/** Why nothing new arrives. */
export function Notice({ labels, text, retry }: NoticeProps): ReactNode {
  return (
    <div className="hubbub-inbox__offline">
      <Icon name="alert" />
      <p className="hubbub-inbox__offline-text">{text}</p>
      {retry !== null && (
        <button type="button" className="hubbub-inbox__retry" onClick={retry}>
          {labels.retry}
        </button>
      )}
    </div>
  );
}

/** Always the same button, so that it keeps the focus after a click. */
export function LoadMore({ labels, isLoading, error, loadMore }: LoadMoreProps): ReactNode {
  const buttonLabel = error === null ? labels.loadMore : labels.retry;
  return (
    <>
      {error !== null && (
        <p className="hubbub-inbox__end-error" role="alert">
          {labels.failed}
        </p>
      )}
      <button
        type="button"
        className="hubbub-inbox__load-more"
        aria-disabled={isLoading}
        onClick={isLoading ? undefined : loadMore}
      >
        {isLoading ? labels.loading : buttonLabel}
      </button>
    </>
  );
}
