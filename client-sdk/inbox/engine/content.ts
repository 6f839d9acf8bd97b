/** What an item shows besides its sentence: its level and its buttons. */
import type { Action, Button, FeedItem, HubError } from '@hubbub/client';
import type { Labels } from './labels.ts';
import { safeLink } from './link.ts';

export type ShownLevel = 'warning' | 'error';

/** The hub's default levels. */
const warningLevel = 40;
const errorLevel = 50;

/** The level, if it is shown: warnings and errors. */
export function shownLevelOf({ level }: Action): ShownLevel | null {
  if (level >= errorLevel) return 'error';
  return level >= warningLevel ? 'warning' : null;
}

export interface ItemButton extends Pick<Button, 'id' | 'label' | 'style'> {
  /** The address of a button that is a link. */
  link: string | undefined;
  /** Whether this is the button that the user pressed. */
  isPressed: boolean;
  /** Whether it cannot be pressed any more. */
  isDisabled: boolean;
}

/** The buttons of an item. One whose address is not safe is left out. */
export function buttonsOf({ action, pressed }: FeedItem): ItemButton[] {
  // A hub of an older version sends none.
  return (action.buttons ?? []).flatMap(({ id, label, url, style }) => {
    const link = safeLink(url);
    if (url !== undefined && link === undefined) return [];
    const isPressed = pressed?.button === id;
    return { id, label, style, link, isPressed, isDisabled: link === undefined && Boolean(pressed) };
  });
}

export const buttonClass = (style: Button['style']): string =>
  `hubbub-inbox__button${style ? ` hubbub-inbox__button--${style}` : ''}`;

/** The accessible name of an item. */
export function itemLabel({ unread, action }: FeedItem, labels: Labels, time: string): string {
  const level = shownLevelOf(action);
  return `${unread ? labels.isUnread : ''}${level ? labels[level] : ''}${action.text}. ${time}`;
}

/** What the inbox says about a failed request. The message of an application that refuses a press is for the user. */
export function failureText({ code, message }: HubError, labels: Labels): string {
  if (code === 'press_refused') return message;
  return code === 'already_pressed' ? labels.alreadyPressed : labels.failed;
}
