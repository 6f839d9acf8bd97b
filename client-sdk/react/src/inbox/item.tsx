import { formatExact } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import type { ItemProps } from './parts.ts';

/** The inbox itself handles clicks on these links and on the button. */
export function Item({ item, time, href, tabIndex, labels, locale, parts }: ItemProps): ReactNode {
  const { action, unread, at } = item;
  const mark = unread ? labels.markRead : labels.markUnread;
  const timeElement = (
    <time className="hubbub-inbox__time" dir="auto" dateTime={at} title={formatExact(at, { locale })}>
      {time}
    </time>
  );
  return (
    <>
      {href !== undefined && (
        // biome-ignore lint/a11y/useAnchorContent: it covers the item, and is hidden from screen readers
        <a className="hubbub-inbox__link" href={href} tabIndex={-1} aria-hidden="true" />
      )}
      <parts.Avatar actor={action.actor ?? action.targets[0] ?? null} />
      <div className="hubbub-inbox__body">
        <parts.Sentence action={action} labels={labels} locale={locale} linkTabIndex={tabIndex} />
        <span className="hubbub-inbox__details">
          {href === undefined ? (
            timeElement
          ) : (
            <a className="hubbub-inbox__when" href={href} tabIndex={-1}>
              {timeElement}
            </a>
          )}
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
        tabIndex={tabIndex}
        aria-label={`${mark}: ${action.text}`}
        title={mark}
      >
        <span className="hubbub-inbox__dot" />
      </button>
    </>
  );
}
