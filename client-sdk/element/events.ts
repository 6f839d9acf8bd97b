import type { FeedItem } from '../../protocol/entities.ts';
import type { HubError } from '../src/error.ts';

/** What the element's events carry in `detail`. */
export interface InboxEvents {
  /** `url`: where it leads; none where the action links to nothing. */
  'hubbub-select': { item: FeedItem; url: string | undefined };
  'hubbub-error': { error: HubError };
}
