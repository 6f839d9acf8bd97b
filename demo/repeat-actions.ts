import type { ActionInput } from '../protocol/entities.ts';

/**
 * Yields the actions repeatedly, `limit` in total, each with a unique key. `runId` distinguishes runs. Grouping is off,
 * so that each action becomes one item.
 */
export function* repeatActions(
  actions: ActionInput[],
  runId: string,
  limit = Number.POSITIVE_INFINITY,
): Generator<ActionInput> {
  if (actions.length === 0) return;
  for (let sent = 0; sent < limit; sent += 1) {
    const action = actions[sent % actions.length];
    if (action) yield { ...action, groupingDelay: -1, key: `replay-${runId}-${sent}` };
  }
}
