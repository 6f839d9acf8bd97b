import { actionOperations } from './actions.ts';
import { deadLetterOperations } from './dead-letters.ts';
import { eventOperations } from './events.ts';
import { feedOperations } from './feeds.ts';
import { itemStateOperations } from './item-states.ts';
import { objectOperations } from './objects.ts';
import type { CallDescription, Operation } from './operation.ts';
import { serviceCalls } from './service-calls.ts';
import { trackerOperations } from './trackers.ts';

/** Every call of the API below `/v1`. */
export const operations: readonly Operation[] = [
  ...actionOperations,
  ...objectOperations,
  ...trackerOperations,
  ...feedOperations,
  ...itemStateOperations,
  ...eventOperations,
  ...deadLetterOperations,
];

/** Everything that the gateway serves over HTTP. A test compares it with the actual routes. */
export const allCalls: readonly CallDescription[] = [...operations, ...serviceCalls];

/** In the syntax of Express. `/docs/:file` covers the assets of the page. */
export const routePatterns: readonly string[] = [
  ...new Set([...allCalls.map(({ path }) => path), '/docs/:file']),
];
