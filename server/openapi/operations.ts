import { actionOperations } from './actions.ts';
import { deadLetterOperations } from './dead-letters.ts';
import { eventOperations } from './events.ts';
import { feedOperations } from './feeds.ts';
import { objectOperations } from './objects.ts';
import type { Operation } from './operation.ts';
import { serviceOperations } from './service.ts';
import { trackerOperations } from './trackers.ts';

/** Every call of the HTTP API. A test compares them with the actual routes. */
export const operations: readonly Operation[] = [
  ...actionOperations,
  ...objectOperations,
  ...trackerOperations,
  ...feedOperations,
  ...eventOperations,
  ...deadLetterOperations,
  ...serviceOperations,
];

/** In the syntax of Express. `/docs/:file` covers the assets of the page. */
export const routePatterns: readonly string[] = [
  ...new Set([...operations.map((operation) => operation.path), '/docs/:file']),
];
