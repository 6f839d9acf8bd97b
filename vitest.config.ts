import { defineConfig } from 'vitest/config';

/**
 * `npm test` runs these in groups, one after another (`groupOrder`). Real services are named by MONGODB_URI and REDIS_URL,
 * which `npm test` sets.
 *
 * What runs in parallel comes first: each integration test takes a database and a Redis database of its own.
 */
/** `npm run test:fast` leaves out the unit tests that take more than two seconds each: properties, large pages, real time. */
const isFast = process.env.HUBBUB_TESTS === 'fast';
const slow = [
  'test/unit/client-sdk-client/{connection,rejections,verify-state,watch}.test.ts',
  'test/unit/client-sdk-node/page-note.test.ts',
  'test/unit/core/rules.test.ts',
  'test/unit/core/actions/list.test.ts',
  'test/unit/core/deletion/deletion.test.ts',
  'test/unit/core/fanout/{overlap,process-partitions}.test.ts',
  'test/unit/core/feed/read/{convergence,large-pages}.test.ts',
  'test/unit/core/grouping/grouping.test.ts',
  'test/unit/core/handlers/visible-{timeout,unavailable}.test.ts',
  'test/unit/core/trackers/{backfill,retrack}.test.ts',
  'test/unit/server/delivery/watch-manager.test.ts',
  'test/unit/server/limits/payload-throttle.test.ts',
];

const parallel = { maxWorkers: 2, sequence: { groupOrder: 0 } };
const oneByOne = (groupOrder: number) => ({ fileParallelism: false, sequence: { groupOrder } });

export default defineConfig({
  test: {
    passWithNoTests: false,
    reporters: ['default'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/unit/**/*.test.ts'],
          exclude: isFast ? slow : [],
          // Properties are tried up to a thousand times, on machines that may be busy.
          testTimeout: 60_000,
          ...parallel,
        },
      },
      {
        test: {
          name: 'types',
          include: [],
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: 'test/types/tsconfig.json',
          },
          ...parallel,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          pool: 'forks',
          ...parallel,
        },
      },
      {
        test: {
          // Measures how a gateway under attack answers, so nothing else may run meanwhile.
          name: 'attack',
          include: ['test/attack/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          pool: 'forks',
          ...oneByOne(5),
        },
      },
      {
        test: {
          name: 'house',
          include: ['test/house/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...oneByOne(1),
        },
      },
      {
        test: {
          name: 'dev',
          include: ['test/dev/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          pool: 'forks',
          ...oneByOne(2),
        },
      },
      {
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/setup.ts',
          testTimeout: 120_000,
          hookTimeout: 120_000,
          ...oneByOne(4),
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // A page does what it was told when it gets to it.
          expect: { poll: { interval: 20, timeout: 30_000 } },
          pool: 'forks',
          ...parallel,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
