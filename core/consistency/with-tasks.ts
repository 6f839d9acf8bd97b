import type { PendingTask, PendingTasks, Task } from '../ports/tasks.ts';

/**
 * Makes a change and leaves the rest to background tasks, leased before it: workers run them even if this
 * process dies. `work` returns the tasks that are left (decision 14).
 */
export async function withTasks<T>(
  store: Pick<PendingTasks, 'lease' | 'completeAll' | 'markReady'>,
  space: string,
  tasks: readonly Task[],
  work: (leased: readonly PendingTask[]) => Promise<{ result: T; remaining: readonly PendingTask[] }>,
): Promise<T> {
  const leased = await store.lease(space, tasks);
  const { result, remaining } = await work(leased);
  const left = new Set(remaining);
  const completed = leased.filter((task) => !left.has(task));
  if (completed.length > 0) await store.completeAll(space, completed);
  if (remaining.length > 0) await store.markReady(space, remaining);
  return result;
}
