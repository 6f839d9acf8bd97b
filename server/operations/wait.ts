/** Calls whose work continues in the background, and callers that wait for it. */
import { type Task, taskName } from '../../core/ports/queue.ts';
import type { TrackResult } from '../../core/trackers/with-changes.ts';
import type { TrackersAnswer } from '../../protocol/entities.ts';
import { type Call, Completion } from './call.ts';

/** Waits for the task of a deletion, if the caller waits. */
export async function whenTaskIsDone<T>(
  { services, principal: { space, call }, wait }: Call,
  response: T,
  task: Task,
): Promise<Completion<T>> {
  const { completionWaiter } = services.deps;
  const completed = wait && (await completionWaiter.waitForCompletion(space, [taskName(task)], call));
  return new Completion(response, completed);
}

/** Changes trackers and waits until feeds are up to date, if the caller waits. */
export async function changeTrackers(
  { services, principal: { space, call }, wait }: Call,
  change: () => Promise<TrackResult>,
): Promise<Completion<TrackersAnswer>> {
  const { completionWaiter } = services.deps;
  if (wait) await completionWaiter.prepare(space);
  const { trackers, pendingIds } = await change();
  const completed = wait && (await completionWaiter.waitForCompletion(space, pendingIds, call));
  return new Completion({ trackers }, completed);
}
