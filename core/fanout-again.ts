/** Actions of which the application's `visible` could not say who may see them are fanned out once more, later. */
import { createHash } from 'node:crypto';
import type { PositionClock } from './ports/bus.ts';
import type { FanOutQueue, FanOutTask } from './ports/queue.ts';

const FIRST_MS = 5_000;
const LONGEST_MS = 300_000;
/** Each time after twice as long, and then every five minutes, this takes about an hour. */
const MOST_ASKED = 17;

/** In the end they stay out of the feeds of those of whom it is not known. */
export async function askAgain(
  { fanOutQueue, clock }: { fanOutQueue: FanOutQueue; clock: PositionClock },
  { space, asked }: Pick<FanOutTask, 'space' | 'asked'>,
  actions: readonly string[],
): Promise<void> {
  const times = asked?.times ?? 0;
  if (times >= MOST_ASKED) return;
  const ids = [...new Set(actions)].sort();
  // The same whoever comes to it, and as long however many they are.
  const hash = createHash('sha256').update(ids.join()).digest('base64url');
  const again = { times: times + 1, begun: await clock.now(space) };
  await fanOutQueue.add(
    `${space}.visible.${times}.${hash}`,
    { space, actions: ids, again: true, asked: again, done: { key: null, user: null } },
    Math.min(LONGEST_MS, FIRST_MS * 2 ** times),
  );
}
