import type { ReactNode } from 'react';
import type { ItemProps } from './parts.ts';
import { Time } from './time.tsx';
import { VisuallyHidden } from './visually-hidden.tsx';

export function Item({ item, href, select, markRead, markUnread, ...others }: ItemProps): ReactNode {
  const { labels, locale, parts } = others;
  const { action, unread, at } = item;
  const sentence = (
    <>
      {unread && <VisuallyHidden>{labels.isUnread}</VisuallyHidden>}
      <parts.Sentence action={action} labels={labels} locale={locale} />
    </>
  );
  const mark = unread ? labels.markRead : labels.markUnread;
  return (
    <>
      <parts.Avatar actor={action.actor} />
      <div className="hubbub-inbox__body">
        {href === undefined ? (
          <button type="button" className="hubbub-inbox__link" onClick={select}>
            {sentence}
          </button>
        ) : (
          <a className="hubbub-inbox__link" href={href} onClick={select}>
            {sentence}
          </a>
        )}
        <span className="hubbub-inbox__details">
          <Time at={at} locale={locale} />
          {action.count > 1 && (
            <span className="hubbub-inbox__count">
              <bdi>{labels.count(action.count)}</bdi>
            </span>
          )}
        </span>
      </div>
      <button
        type="button"
        className="hubbub-inbox__mark"
        aria-label={`${mark}: ${action.text}`}
        title={mark}
        onClick={unread ? markRead : markUnread}
      >
        <span className="hubbub-inbox__dot" />
      </button>
    </>
  );
}
