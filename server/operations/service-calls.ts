import { z } from 'zod';
import { free } from '../limits/costs.ts';
import type { CallDescription } from './operation.ts';

const state = z.enum(['ok', 'unavailable']);
const jobs = z.strictObject({ waiting: z.int(), active: z.int(), delayed: z.int() });
const readiness = z.strictObject({
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

/** Calls that need no token. They are routes of their own. */
export const serviceCalls: readonly CallDescription[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'liveness',
    cost: free,
    tag: 'Service',
    summary: 'Liveness check',
    responses: {
      200: { description: 'The gateway is alive.', schema: z.strictObject({ status: z.literal('ok') }) },
    },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readiness',
    cost: free,
    tag: 'Service',
    summary: 'Readiness check',
    responses: {
      200: { description: 'The gateway is ready.', schema: readiness },
      503: { description: 'MongoDB or Redis is unavailable.', schema: readiness },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    cost: free,
    tag: 'Service',
    summary: 'Metrics for Prometheus',
    responses: { 200: { description: 'Metrics in the Prometheus text format.', contentType: 'text/plain' } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'openapi',
    cost: free,
    tag: 'Service',
    summary: 'This document',
    responses: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
  },
  {
    method: 'get',
    path: '/docs',
    id: 'docs',
    cost: free,
    tag: 'Service',
    summary: 'API reference',
    responses: { 200: { description: 'An HTML page.', contentType: 'text/html' } },
  },
];
