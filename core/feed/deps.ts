import type { Spaces } from '../ports/stores.ts';
import type { WriterDeps } from './write/writer.ts';

export interface FeedDeps extends WriterDeps {
  spaces: Spaces;
}
