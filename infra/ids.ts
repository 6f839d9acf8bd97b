import { monotonicFactory } from 'ulid';
import type { NewId } from '../core/ports/bus.ts';

/** ULIDs: 26 characters, sortable by time, and in order within a process. */
export const idSource = (): NewId => monotonicFactory();
