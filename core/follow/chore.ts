/**
 * The chore that brings a user's feed in line with what it tracks of an object or class, however much that is: one chunk
 * of actions after the other, newest first. It follows what is stored, so it brings in and takes out alike. What `visible`
 * could not say it asks again, for a while.
 */
import { z } from 'zod';
import { HubError } from '../errors.ts';
import type { FeedDeps } from '../feed/deps.ts';
import { resetFeeds } from '../feed/reset.ts';
import { FeedWriter } from '../feed/writer.ts';
import type { StoredAction } from '../model.ts';
import type { Chore, TakenChore } from '../ports/queue.ts';
import type { Progress } from '../progress.ts';
import { followBounds } from './bounds.ts';
import { actionChunks } from './chunks.ts';
import { differenceOf, editOf } from './difference.ts';
import { endedBefore } from './ended.ts';

/** For how long `visible` is asked again about what it could not say, in microseconds. */
const PATIENCE = 15 * 60_000_000;
/** Actions of which that is so; with more the rest of the history waits until it answers. */
const MOST_UNKNOWN = 500;

const noted = z.object({
  /** Actions up to this one are done. */
  after: z.object({ time: z.number(), id: z.string() }).nullable(),
  pushed: z.number(),
  /** Among these something was changed that was not pushed: whoever goes on has to say so in the end. */
  isQuiet: z.boolean(),
  /** Of the actions that are done, those of which `visible` could not say whether the user may see them. */
  unknown: z.array(z.string()).default([]),
});
type Noted = z.infer<typeof noted>;

export type FollowChore = Extract<Chore, { kind: 'follow' }>;

export async function follow(
  deps: FeedDeps,
  space: string,
  { chore: { user, key }, begun }: Pick<TakenChore, 'begun'> & { chore: FollowChore },
  progress: Progress,
): Promise<void> {
  const stores = await deps.spaces.writer(space);
  const writer = new FeedWriter(deps, stores, space);
  const start = startOf(progress);
  // Before anything is read: each of their items is looked at by what follows, or was by the run it goes on from.
  const looked = await endedBefore(deps, { space, stores }, { user, keys: [key] });
  let { after, pushed, isQuiet } = start;
  const unknown = new Set<string>();
  const note = () =>
    progress.note(JSON.stringify({ after, pushed, isQuiet, unknown: [...unknown] } satisfies Noted));
  // Before the actions are read: what is taken away from then on is asked for after they are written.
  let since = await deps.clock.now(space);
  const isPatient = since - begun < PATIENCE;
  const bringIn = async (actions: readonly StoredAction[]): Promise<void> => {
    const difference = await differenceOf(deps, stores, { space, user, since, begun }, actions);
    const { changes, mayExist } = difference;
    const told = changes.slice(0, Math.max(0, followBounds.pushed - pushed));
    const others = changes.slice(told.length);
    if (told.length > 0) await writer.write(editOf(difference, told), { since, begun, mayExist });
    pushed += told.length;
    if (others.length > 0) {
      isQuiet = true;
      const open = others.filter((change) => !change.isMade);
      await writer.write(editOf(difference, open), { since, mayExist, quiet: true });
    }
    if (isPatient) for (const id of [...difference.unknown, ...writer.unknown]) unknown.add(id);
  };
  if (start.unknown.length > 0) {
    await bringIn([...(await stores.actions.byIds(start.unknown)).values()]);
    since = await deps.clock.now(space);
  }
  const chunks = actionChunks(stores.actions, key, after, followBounds.chunk);
  for await (const { actions, upTo } of unknown.size > MOST_UNKNOWN ? [] : chunks) {
    await bringIn(actions);
    after = upTo;
    await note();
    if (unknown.size > MOST_UNKNOWN) break;
    since = await deps.clock.now(space);
  }
  if (isQuiet) await resetFeeds(deps, stores, space, [user]);
  if (unknown.size === 0) return looked();
  isQuiet = false;
  await note();
  throw new HubError('unavailable', `whether ${unknown.size} actions are visible is not known yet`);
}

function startOf({ earlier }: Progress): Noted {
  if (!earlier) return { after: null, pushed: 0, isQuiet: false, unknown: [] };
  const known = noted.parse(JSON.parse(earlier.text));
  // Asked for anew, everything is looked at anew, but what was not told has still to be.
  return earlier.isSame ? known : { ...known, after: null, unknown: [] };
}
