import type { WriterDeps } from '../feed/write/writer.ts';
import type { PendingTasks } from '../ports/queue.ts';
import type { Spaces } from '../ports/stores.ts';

export type { SpaceContext } from '../ports/stores.ts';

export interface DeletionDeps extends WriterDeps {
  spaces: Spaces;
  tasks: PendingTasks;
}
