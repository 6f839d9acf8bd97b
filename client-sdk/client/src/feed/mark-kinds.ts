/** The marks that a client makes: what they set, and how they are sent. */
import type { MarkAnswer, MarkInput } from '../../../../protocol/entities.ts';
import type { Call } from '../rpc-client.ts';
import type { MarkFlags } from './entries.ts';

export interface MarkKind {
  readonly event: `feed:${'read' | 'unread' | 'seen' | 'archive' | 'unarchive' | 'snooze' | 'unsnooze'}`;
  readonly flags: MarkFlags;
  /** When snoozed items return. */
  readonly until?: string;
}

export const markRead: MarkKind = { event: 'feed:read', flags: { unread: false, seen: true } };
export const markUnread: MarkKind = { event: 'feed:unread', flags: { unread: true } };
export const markSeen: MarkKind = { event: 'feed:seen', flags: { seen: true } };
export const archive: MarkKind = {
  event: 'feed:archive',
  flags: { ...markRead.flags, archived: true, snoozedUntil: null },
};
export const unarchive: MarkKind = { event: 'feed:unarchive', flags: { archived: false } };
export const unsnooze: MarkKind = { event: 'feed:unsnooze', flags: { snoozedUntil: null } };

/** `until`: as the hub formats it. */
export const snooze = (until: string): MarkKind => ({
  event: 'feed:snooze',
  flags: { archived: false, snoozedUntil: until },
  until,
});

export function sendMark(call: Call, { event, until = '' }: MarkKind, input: MarkInput): Promise<MarkAnswer> {
  const { ids = [], position } = input;
  const named = position === undefined ? { ids } : { ids, position };
  if (event === 'feed:snooze') return call(event, { ...named, until });
  return event === 'feed:unsnooze' ? call(event, named) : call(event, input);
}
