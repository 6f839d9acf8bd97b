import type { WriterDeps } from '../feed/writer.ts';
import type { Chores } from '../ports/queue.ts';
import type { Spaces } from '../ports/stores.ts';

export type { Place } from '../ports/stores.ts';

export interface DeletionDeps extends WriterDeps {
  spaces: Spaces;
  chores: Chores;
}
