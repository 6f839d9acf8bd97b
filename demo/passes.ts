import type { ActionInput } from '../protocol/entities.ts';

/**
 * The actions again and again, `limit` in all, each with a key of its own: `run` tells one start from another.
 * None joins a group, so that what is sent is what arrives.
 */
export function* passes(
  actions: ActionInput[],
  run: string,
  limit = Number.POSITIVE_INFINITY,
): Generator<ActionInput> {
  if (actions.length === 0) return;
  for (let sent = 0; sent < limit; sent += 1) {
    const action = actions[sent % actions.length];
    if (action) yield { ...action, groupingDelay: -1, key: `replay-${run}-${sent}` };
  }
}
