/**
 * The public API of `@hubbub/inbox/engine`: the state and the behaviour of an inbox, without a framework. For authors of
 * inboxes.
 */
export type { Avatar } from './avatar.ts';
export { avatarOf, hueOf, hues, initials } from './avatar.ts';
export { badgeOf } from './badge.ts';
export type { ItemButton, ShownLevel } from './content.ts';
export { buttonClass, buttonsOf, failureText, itemLabel, shownLevelOf } from './content.ts';
export type { InboxHost } from './engine.ts';
export { InboxEngine } from './engine.ts';
export { english, labelsWith } from './english.ts';
export { icons } from './icons.ts';
export type { Labels } from './labels.ts';
export {
  addLabels,
  directionOf,
  labelLanguage,
  labelsFor,
  loadLabels,
  subscribeToLabels,
} from './languages.ts';
export { linkOf, safeLink } from './link.ts';
export { validLocale } from './locale.ts';
export type { ClickEvent, Confirm } from './selection.ts';
export type { SentencePart } from './sentence.ts';
export { nameOf, splitSentence } from './sentence.ts';
export type { TimeOptions } from './time.ts';
export { formatExact, formatRelative } from './time.ts';
export type {
  Announcement,
  Disconnection,
  InboxInput,
  InboxTab,
  InboxView,
  ListEnd,
  Problem,
  Row,
} from './view.ts';
export { inboxTabs } from './view.ts';
