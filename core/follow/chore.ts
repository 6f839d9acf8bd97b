/**
 * The chore that brings a user's feed in line with what it tracks of an object or class, however much that is: one chunk
 * of actions after the other, newest first. It follows what is stored, so it brings in and takes out alike.
 */
import { z } from 'zod';
import type { FeedDeps } from '../feed/deps.ts';
import { resetFeeds } from '../feed/reset.ts';
import { FeedWriter } from '../feed/writer.ts';
import type { Chore, TakenChore } from '../ports/queue.ts';
import type { Progress } from '../progress.ts';
import { followBounds } from './bounds.ts';
import { actionChunks } from './chunks.ts';
import { differenceOf, editOf } from './difference.ts';

const noted = z.object({
  /** Actions up to this one are done. */
  after: z.object({ time: z.number(), id: z.string() }).nullable(),
  pushed: z.number(),
  /** Among these something was changed that was not pushed: whoever goes on has to say so in the end. */
  isQuiet: z.boolean(),
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
  let { after, pushed, isQuiet } = startOf(progress);
  const note = () => progress.note(JSON.stringify({ after, pushed, isQuiet } satisfies Noted));
  // Before the actions are read: what is taken away from then on is asked for after they are written.
  let since = await deps.clock.now(space);
  for await (const { actions, upTo } of actionChunks(stores.actions, key, after, followBounds.chunk)) {
    const difference = await differenceOf(deps, stores, { user, begun }, actions);
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
    after = upTo;
    await note();
    since = await deps.clock.now(space);
  }
  if (isQuiet) await resetFeeds(deps, stores, space, [user]);
}

function startOf({ earlier }: Progress): Noted {
  if (!earlier) return { after: null, pushed: 0, isQuiet: false };
  const known = noted.parse(JSON.parse(earlier.text));
  // Asked for anew, everything is looked at anew, but what was not told has still to be.
  return earlier.isSame ? known : { ...known, after: null };
}
