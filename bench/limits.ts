import type { Limit } from './figures.ts';

/** The bounds the hub is held to, by the name of the figure. README.md says what each means. */
export const limits = {
  'memory.ratio': { most: 1.2 },
  'latency.p50': { most: 8 },
  'latency.p99': { most: 8 },
  'past.heap': { most: 1.2 },
  'past.pushes': { most: 200 },
  'fanout.items': { least: 0.3 },
  'store.push': { most: 1 },
  'store.bump': { most: 1 },
  'store.mark': { most: 1 },
  'inbox.push': { most: 16 },
  'inbox.pushPage': { most: 16 },
  'inbox.scroll': { most: 50 },
  'inbox.scrollPage': { most: 50 },
  'inbox.frame': { most: 34 },
  'inbox.framePage': { most: 34 },
} as const satisfies Record<string, Limit>;
