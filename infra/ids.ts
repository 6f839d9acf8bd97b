import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { NewId } from '../core/ports/deps.ts';

/** Generates ULIDs: 26 characters, sortable by time, and strictly increasing within a process. */
export const createIdGenerator = (): NewId => monotonicFactory(() => randomInt(SYMBOLS) / SYMBOLS);

/** Size of Crockford's base-32 alphabet. Node caches random bytes; `ulid` would call the system for each symbol. */
const SYMBOLS = 32;
