import { randomInt } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { NewId } from '../core/ports/bus.ts';

/** ULIDs: 26 characters, sortable by time, and in order within a process. */
export const idSource = (): NewId => monotonicFactory(() => randomInt(SYMBOLS) / SYMBOLS);

/** Of Crockford's base 32. Node draws its random numbers in stock; by itself `ulid` asks the system for each symbol. */
const SYMBOLS = 32;
