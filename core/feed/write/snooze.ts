/** Snoozes items until a time (rule 10). A worker returns them then (end-snoozes.ts). */
import type { MarkAnswer } from '../../../protocol/entities.ts';
import type { ParsedSnooze } from '../../../protocol/schemas/calls.ts';
import { checkSelf, type Principal } from '../../access/principal.ts';
import { invalid } from '../../errors.ts';
import type { CoreDeps, FeedDeps } from '../../ports/deps.ts';
import { type MarkCall, markFeed } from './mark.ts';

type SnoozeDeps = FeedDeps & Pick<CoreDeps, 'now' | 'snoozeEnds'>;

export interface SnoozeCall extends Pick<MarkCall, 'user' | 'origin'> {
  input: ParsedSnooze;
}

/** The same date next year is allowed. */
const MAX_SNOOZE_MS = 366 * 86_400_000;

/** @throws HubError forbidden, invalid_input */
export async function snoozeItems(
  deps: SnoozeDeps,
  principal: Principal,
  { user, input: { until, ...input }, origin }: SnoozeCall,
): Promise<MarkAnswer> {
  checkSelf(principal, 'feed', user);
  const duration = until - deps.now();
  if (duration <= 0) throw invalid([{ path: 'until', message: 'must be in the future' }]);
  if (duration > MAX_SNOOZE_MS) throw invalid([{ path: 'until', message: 'must be at most a year ahead' }]);
  const { space } = principal;
  // Before the write, in case this process dies. And after it, in case a worker looked for due items in between.
  await deps.snoozeEnds.add(space, until);
  const answer = await markFeed(deps, principal, { user, mark: 'snooze', input, snoozeUntil: until, origin });
  await deps.snoozeEnds.add(space, until);
  return answer;
}
