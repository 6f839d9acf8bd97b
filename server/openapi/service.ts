import { z } from 'zod';
import { free } from '../limits/costs.ts';
import type { Operation } from './operation.ts';

const state = z.enum(['ok', 'unavailable']);
const jobs = z.strictObject({ waiting: z.int(), active: z.int(), delayed: z.int() });
const readiness = z.strictObject({
  status: state,
  mongodb: state,
  redis: state,
  queue: z.record(z.string(), jobs).nullable().describe('Jobs by queue; null where Redis is away.'),
  backlog: z
    .strictObject({
      actions: z.int(),
      actionsLimit: z.int(),
      bytes: z.int(),
      bytesLimit: z.int(),
      memory: z
        .number()
        .nullable()
        .describe('The share of its memory limit that Redis uses; null: no limit.'),
    })
    .nullable()
    .describe(
      'What waits for workers, and how much may. Above a limit actions are refused; null where Redis is away.',
    ),
});

export const serviceOperations: readonly Operation[] = [
  {
    method: 'get',
    path: '/healthz',
    id: 'liveness',
    cost: free,
    tag: 'Service',
    summary: 'Whether the gateway lives',
    answers: { 200: { description: 'It does.', schema: z.strictObject({ status: z.literal('ok') }) } },
  },
  {
    method: 'get',
    path: '/readyz',
    id: 'readiness',
    cost: free,
    tag: 'Service',
    summary: 'Whether the gateway reaches what it needs',
    answers: {
      200: { description: 'It does.', schema: readiness },
      503: { description: 'MongoDB or Redis is away.', schema: readiness },
    },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'metrics',
    cost: free,
    tag: 'Service',
    summary: 'What the gateway tells Prometheus',
    answers: { 200: { description: "In Prometheus' text format.", contentType: 'text/plain' } },
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'openapi',
    cost: free,
    tag: 'Service',
    summary: 'This document',
    answers: { 200: { description: 'OpenAPI 3.1.', schema: z.record(z.string(), z.unknown()) } },
  },
  {
    method: 'get',
    path: '/docs',
    id: 'docs',
    cost: free,
    tag: 'Service',
    summary: 'The API reference, for people',
    answers: { 200: { description: 'A page.', contentType: 'text/html' } },
  },
];
