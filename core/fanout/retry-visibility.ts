/** Fans out actions again later if the application's `visible` failed or timed out for some users. */
import { createHash } from 'node:crypto';
import { asMillis } from '../model/units.ts';
import type { PositionClock } from '../ports/clock.ts';
import type { FanOutQueue, FanOutTask } from '../ports/queue.ts';

const FIRST_DELAY_MS = asMillis(5_000);
const MAX_DELAY_MS = asMillis(300_000);
/** With exponential backoff up to five minutes, these attempts take about an hour. */
const MAX_ATTEMPTS = 17;

/** After the last attempt, the items stay out of the feeds of undetermined users. */
export async function retryVisibility(
  { fanOutQueue, clock }: { fanOutQueue: FanOutQueue; clock: PositionClock },
  { space, visibilityRetry }: Pick<FanOutTask, 'space' | 'visibilityRetry'>,
  actions: readonly string[],
): Promise<void> {
  const attempt = visibilityRetry?.attempt ?? 0;
  if (attempt >= MAX_ATTEMPTS) return;
  const ids = [...new Set(actions)].sort();
  // Deterministic, so that concurrent attempts queue one job. Fixed length for any number of actions.
  const hash = createHash('sha256').update(ids.join()).digest('base64url');
  const nextRetry = { attempt: attempt + 1, jobStartPosition: await clock.now(space) };
  await fanOutQueue.add(
    `${space}.visible.${attempt}.${hash}`,
    { space, actions: ids, isRetry: true, visibilityRetry: nextRetry, checkpoint: { key: null, user: null } },
    asMillis(Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)),
  );
}
