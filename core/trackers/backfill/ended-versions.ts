/** Determines when the records of ended tracker versions may be deleted (decision 41). */
import { trackerId } from '../../model/keys.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import { userInvalidation } from '../../ports/invalidations.ts';
import type { SpaceContext } from '../../ports/stores.ts';

/** A user, and the keys of the tracked objects or classes. */
interface TrackedKeys {
  user: string;
  keys: readonly string[];
}

/** Records that every item of the versions in the snapshot was revalidated. */
export type MarkRevalidated = () => Promise<void>;

/** Takes a snapshot of the ended versions. Call it before reading any data for the revalidation. */
export async function snapshotEndedVersions(
  { invalidations, clock }: Pick<FeedDeps, 'invalidations' | 'clock'>,
  { space, stores: { trackers } }: SpaceContext,
  { user, keys }: TrackedKeys,
): Promise<MarkRevalidated> {
  const allEnded = await trackers.endedVersions([user]);
  const currentIds = new Set<string>();
  if (allEnded.length > 0) {
    const ids = keys.map((key) => trackerId(user, key));
    for (const { version } of await trackers.currentVersions(ids)) currentIds.add(version);
  }
  const ended = allEnded.filter(({ key, version }) => keys.includes(key) && !currentIds.has(version));
  return async () => {
    if (allEnded.length === 0) return;
    const versions = ended.map(({ version }) => version);
    await trackers.markRevalidated(user, versions);
    // A write in progress may have taken the position of an end without storing it yet. It needs the versions
    // that were current at that position.
    const invalidated = await invalidations.since(space, await clock.now(space));
    if (invalidated?.has(userInvalidation(user)) === false) await trackers.pruneEndedVersions(user);
  };
}
