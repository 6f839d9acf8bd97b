/** Calls whose work continues in the background, and callers that wait for it. */
import { type Task, taskName } from '../../core/ports/tasks.ts';
import type { TrackResult } from '../../core/trackers/with-changes.ts';
import type { TrackersAnswer } from '../../protocol/entities.ts';
import { type Call, Completion } from './call.ts';

async function whenCompleted<T>(
  { services, principal: { space, call }, wait }: Call,
  response: T,
  ids: readonly string[],
): Promise<Completion<T>> {
  const { completionWaiter } = services.deps;
  const completed = wait && (await completionWaiter.waitForCompletion(space, ids, call));
  return new Completion(response, completed);
}

/** Waits for the task of a deletion, if the caller waits. */
export const whenTaskIsDone = <T>(call: Call, response: T, task: Task): Promise<Completion<T>> =>
  whenCompleted(call, response, [taskName(task)]);

/** Changes trackers and waits until feeds are up to date, if the caller waits. */
export async function changeTrackers(
  call: Call,
  change: () => Promise<TrackResult>,
): Promise<Completion<TrackersAnswer>> {
  if (call.wait) await call.services.deps.completionWaiter.prepare(call.principal.space);
  const { trackers, pendingIds } = await change();
  return await whenCompleted(call, { trackers }, pendingIds);
}
