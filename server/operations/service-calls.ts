import { z } from 'zod';
import { free } from '../limits/costs.ts';
import type { CallDescription } from './operation.ts';

const state = z.enum(['ok', 'unavailable']);
const jobs = z.strictObject({ waiting: z.int(), active: z.int(), delayed: z.int() });
export const readiness = z.strictObject({
  status: state,
  mongodb: state,
  redis: state,
  queue: z.record(z.string(), jobs).nullable().describe('Jobs by queue; null if Redis is unavailable.'),
  backlog: z
    .strictObject({
      actions: z.int(),
      actionsLimit: z.int(),
      bytes: z.int(),
      bytesLimit: z.int(),
      memory: z
        .number()
        .nullable()
        .describe('The used share of the memory limit of Redis; null if there is no limit.'),
    })
    .nullable()
    .describe(
      'The backlog of the workers and its limits. Above a limit the hub rejects actions. Null if Redis is unavailable.',
    ),
});

const common = { method: 'get', cost: free, tag: 'Service' } as const;

/** Calls that need no token. They are routes of their own. */
export const serviceCalls: readonly CallDescription[] = [
  {
    ...common,
    path: '/healthz',
    id: 'liveness',
    summary: 'Liveness check',
    responses: {
      200: { description: 'The gateway is alive.', schema: z.strictObject({ status: z.literal('ok') }) },
    },
  },
  {
    ...common,
    path: '/readyz',
    id: 'readiness',
    summary: 'Readiness check',
    responses: {
      200: { description: 'The gateway is ready.', schema: readiness },
      503: { description: 'MongoDB or Redis is unavailable.', schema: readiness },
    },
  },
  {
    ...common,
    path: '/metrics',
    id: 'metrics',
    summary: 'Metrics for Prometheus',
    responses: { 200: { description: 'Metrics in the Prometheus text format.', contentType: 'text/plain' } },
  },
  {
    ...common,
    path: '/openapi.json',
    id: 'openapi',
    summary: 'This document',
    responses: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
  },
  {
    ...common,
    path: '/docs',
    id: 'docs',
    summary: 'API reference',
    responses: { 200: { description: 'An HTML page.', contentType: 'text/html' } },
  },
];
