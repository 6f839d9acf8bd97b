/** How long items are snoozed: so shortly that they return before the comparison, or for longer than the run. */
import type { ModelMove } from '../../dev/model/feed.ts';
import type { UserStep } from '../journal.ts';
import type { Random } from '../random.ts';

type MoveStep = UserStep & { kind: 'move' };

export const MAX_SHORT_SNOOZE_MS = 20_000;
/** Longer than a run and than any error of a clock. */
const LONG_SNOOZE_MS = 4 * 3_600_000;

/** A clock that is ahead does not make an item return that is snoozed until then or later. */
export const isLongSnooze = (until: number): boolean => until > Date.now() + LONG_SNOOZE_MS / 2;

/** What a step says about a move. `mayReturn`: short snoozes are allowed. */
export function planMove(
  random: Random,
  move: ModelMove,
  mayReturn: boolean,
): Pick<MoveStep, 'move' | 'until' | 'returns'> {
  const returns = move === 'snooze' && mayReturn && random.chance(0.7);
  const duration = returns ? random.int(1_000, MAX_SHORT_SNOOZE_MS) : LONG_SNOOZE_MS;
  return { move, until: Date.now() + duration, returns };
}
