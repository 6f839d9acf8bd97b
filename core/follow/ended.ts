/** When the notes of versions that ended may go (decision 41). */
import type { FeedDeps } from '../feed/deps.ts';
import { trackerId } from '../keys.ts';
import { userChurn } from '../ports/bus.ts';
import type { Place } from '../ports/stores.ts';

/** Whose trackers: all of one user, of these objects or classes. */
interface Followed {
  user: string;
  keys: readonly string[];
}

/** Says that every item was looked at of the versions that had ended when `endedBefore` returned. */
export type Looked = () => Promise<void>;

/** To be called before anything is read that decides about the items of these trackers. */
export async function endedBefore(
  { churn, clock }: Pick<FeedDeps, 'churn' | 'clock'>,
  { space, stores: { trackers } }: Place,
  { user, keys }: Followed,
): Promise<Looked> {
  const noted = await trackers.ended([user]);
  const stands = new Set<string>();
  if (noted.length > 0) {
    const ids = keys.map((key) => trackerId(user, key));
    for (const { version } of await trackers.versions(ids)) stands.add(version);
  }
  const ended = noted.filter(({ key, version }) => keys.includes(key) && !stands.has(version));
  return async () => {
    if (noted.length === 0) return;
    await trackers.looked(ended.map(({ version }) => version));
    // Somebody who took the position of an end, and has not noted it yet, needs what stood there.
    const churning = await churn.since(space, await clock.now(space));
    if (churning?.includes(userChurn(user)) === false) await trackers.forget(user);
  };
}
