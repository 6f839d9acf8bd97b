import { buttonClass, buttonsOf, formatExact, type ItemButton, shownLevelOf } from '@hubbub/inbox/engine';
import type { ReactNode } from 'react';
import { Icon } from './icon.tsx';
import type { ItemProps } from './parts.ts';
import { VisuallyHidden } from './visually-hidden.tsx';

/** The inbox itself handles clicks on these links and on the buttons. */
export function Item({ item, time, href, tabIndex, labels, locale, parts }: ItemProps): ReactNode {
  const { action, unread, at } = item;
  const level = shownLevelOf(action);
  const buttons = buttonsOf(item);
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
        {level && (
          <span className="hubbub-inbox__level">
            <Icon name={level === 'error' ? 'alert' : 'warning'} />
            <VisuallyHidden>{labels[level]}</VisuallyHidden>
          </span>
        )}
        <parts.Sentence action={action} labels={labels} locale={locale} linkTabIndex={tabIndex} />
        {action.body && (
          <p className="hubbub-inbox__excerpt" dir="auto">
            {action.body}
          </p>
        )}
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
        {buttons.length > 0 && (
          // biome-ignore lint/a11y/useSemanticElements: a fieldset is for forms
          <div className="hubbub-inbox__buttons" role="group" aria-label={action.text}>
            {buttons.map((button) => (
              <ItemButtonView key={button.id} button={button} tabIndex={tabIndex} />
            ))}
          </div>
        )}
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

function ItemButtonView({ button, tabIndex }: { button: ItemButton; tabIndex: 0 | -1 }): ReactNode {
  const { id, label, style, link, isPressed, isDisabled } = button;
  const className = buttonClass(style);
  if (link !== undefined) {
    return (
      <a className={className} href={link} tabIndex={tabIndex} dir="auto">
        {label}
      </a>
    );
  }
  return (
    <button
      type="button"
      className={className}
      data-button={id}
      tabIndex={tabIndex}
      dir="auto"
      aria-pressed={isPressed || undefined}
      aria-disabled={isDisabled || undefined}
    >
      {label}
    </button>
  );
}
