import type { FeedItem, HubError } from '@hubbub/client';

/** The `detail` of the element's events. */
export interface InboxEvents {
  /** `url`: the link of the item; `undefined` if the action has none. */
  'hubbub-select': { item: FeedItem; url: string | undefined };
  'hubbub-error': { error: HubError };
}
