import type { FeedItem } from '../../../protocol/entities.ts';

/** An unread item. `at` is in seconds; a greater value is newer. */
export function item(id: string, at = 0, changes: Partial<FeedItem> = {}): FeedItem {
  const time = new Date(at * 1_000).toISOString();
  return {
    id,
    action: {
      id: `action-${id}`,
      actor: { type: 'user', id: 'ada' },
      verb: 'closed',
      targets: [],
      related: [],
      level: 30,
      data: {},
      body: '',
      url: null,
      buttons: [],
      timestamp: time,
      updatedAt: time,
      count: 1,
      text: `Ada closed ${id}`,
    },
    unread: true,
    seen: false,
    at: time,
    archived: false,
    snoozedUntil: null,
    pressed: null,
    ...changes,
  };
}
