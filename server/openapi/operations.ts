import { actionOperations } from './actions.ts';
import { deadLetterOperations } from './dead-letters.ts';
import { eventOperations } from './events.ts';
import { feedOperations } from './feeds.ts';
import { objectOperations } from './objects.ts';
import type { Operation } from './operation.ts';
import { serviceOperations } from './service.ts';
import { trackerOperations } from './trackers.ts';

/** Every call of the HTTP API; a test holds them against the routes that there are. */
export const operations: readonly Operation[] = [
  ...actionOperations,
  ...objectOperations,
  ...trackerOperations,
  ...feedOperations,
  ...eventOperations,
  ...deadLetterOperations,
  ...serviceOperations,
];

/** As Express has them; `/docs/:file` is what the page consists of. */
export const routePatterns: readonly string[] = [
  ...new Set([...operations.map((operation) => operation.path), '/docs/:file']),
];
