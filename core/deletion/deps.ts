import type { WriterDeps } from '../feed/writer.ts';
import type { Chores } from '../ports/queue.ts';
import type { Spaces, Stores } from '../ports/stores.ts';

export interface DeletionDeps extends WriterDeps {
  spaces: Spaces;
  chores: Chores;
}

/** The space something is done in. */
export interface Place {
  space: string;
  stores: Stores;
}
