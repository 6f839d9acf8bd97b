import { trackerId } from '../../core/model/keys.ts';
import type { TrackerDoc } from '../../infra/mongo/trackers/document.ts';

/** A tracker as the hub stores it, for audiences too large to create by calls. */
export function trackerDoc(user: string, key: string, actorOnly: boolean): TrackerDoc {
  const [type = '', id = ''] = key.split(':');
  const [createdAt, since] = [new Date(), new Date(0)];
  return {
    _id: trackerId(user, key),
    user,
    key,
    tracked: { type, id },
    verbs: [],
    actorOnly,
    createdAt,
    since,
  };
}
