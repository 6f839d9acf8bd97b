import { badgeOf } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { BellProps, HeaderProps } from './parts.ts';

export function Bell({ badge, buttonProps }: BellProps): ReactNode {
  return (
    <button {...buttonProps} className="hubbub-inbox__bell">
      <Icon name="bell" />
      {badge !== null && (
        <span className="hubbub-inbox__badge" aria-hidden="true">
          {badge}
        </span>
      )}
    </button>
  );
}

export function Header({ labels, counts, titleId, markAllRead, close }: HeaderProps): ReactNode {
  const isAllRead = badgeOf(counts) === null;
  return (
    <div className="hubbub-inbox__header">
      <div className="hubbub-inbox__words">
        <h2 id={titleId} className="hubbub-inbox__title">
          {labels.title}
        </h2>
        {/* Not `disabled`: that would remove the focus after a click. */}
        <button
          type="button"
          className="hubbub-inbox__mark-all"
          aria-disabled={isAllRead}
          onClick={isAllRead ? undefined : markAllRead}
        >
          {labels.markAllRead}
        </button>
      </div>
      {close !== null && (
        <button type="button" className="hubbub-inbox__close" aria-label={labels.close} onClick={close}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
