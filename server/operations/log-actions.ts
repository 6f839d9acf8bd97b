/** Logging actions. A large batch is parsed in time slices, and a socket's batches keep their order. */
import { z } from 'zod';
import type { Principal } from '../../core/access/principal.ts';
import type { LogRequest } from '../../core/actions/accept.ts';
import { runToCompletion, type Steps } from '../../core/ports/steps.ts';
import type { LogAnswer } from '../../protocol/entities.ts';
import { actionInput, batch, type ParsedAction } from '../../protocol/schemas/action.ts';
import { logOptions } from '../../protocol/schemas/calls.ts';
import { acceptedResponse, loggedResponse } from '../../protocol/schemas/responses.ts';
import { parseOrThrow } from '../error-mapping.ts';
import { logCost } from '../limits/costs.ts';
import { isThrottled } from '../limits/payload-throttle.ts';
import type { Services } from '../services.ts';
import { own } from './access.ts';
import { isLargeBatch, readBatch, readBatchBody } from './batch-reader.ts';
import { Completion, type SocketCall } from './call.ts';
import { subject } from './examples.ts';
import { defineOperation } from './operation.ts';

export const logActions = defineOperation({
  method: 'post',
  path: '/v1/actions',
  id: 'logActions',
  cost: logCost,
  summary: 'Log one action or a batch',
  description:
    'One action, or `{ "actions": [...] }`: a batch of at most 500. The hub accepts or rejects a batch as a whole. Undeclared keys go into `data`. Needs the scope `log` for your own actions, else `service`.',
  access: { ...own('log'), verb: 'did', names: true },
  body: z.unknown(),
  describedBody: z.union([actionInput, z.strictObject({ actions: batch })]),
  example: { body: { actor: `user:${subject.user}`, verb: 'did', targets: subject.object } },
  wait: true,
  idempotent: true,
  responses: {
    200: { description: 'With `wait`: feeds are up to date.', schema: loggedResponse },
    202: {
      description: 'Accepted. No crash of a process can lose the actions.',
      schema: acceptedResponse,
    },
  },
  errors: ['key_conflict'],
  socket: {
    event: 'log',
    takesOptions: true,
    describes: [
      '`ActionInput` or a list of them',
      '`{ ids }`',
      'Logs an action or a batch. With `{ wait: true }` as second argument, returns `{ ids, results }`.',
    ],
    run: logOverSocket,
  },
  async run({ services, principal, wait, locale, key: readKey }, { body }) {
    const key = readKey();
    const request = await parseBody(services, principal, body);
    const logged = await services.log(
      principal,
      { ...(key !== undefined && { key }), ...request },
      wait,
      locale,
    );
    return new Completion(logged, logged.results !== undefined);
  },
});

/** `{ "actions": [...] }` is a batch; anything else is one action. */
async function parseBody(services: Services, principal: Principal, body: unknown): Promise<LogRequest> {
  const isBatch = typeof body === 'object' && body !== null && 'actions' in body && !('verb' in body);
  if (!isBatch) return { batch: false, actions: [parseOrThrow(actionInput, body)] };
  return await parseBatch(services, principal, body.actions, readBatchBody(body));
}

/** Over sockets, a list is a batch. */
async function parsePayload(services: Services, principal: Principal, payload: unknown): Promise<LogRequest> {
  if (!Array.isArray(payload)) return { batch: false, actions: [parseOrThrow(actionInput, payload)] };
  return await parseBatch(services, principal, payload, readBatch(payload));
}

async function parseBatch(
  services: Services,
  principal: Principal,
  list: unknown,
  steps: Steps<ParsedAction[]>,
): Promise<LogRequest> {
  const actions = isLargeBatch(list) ? await services.inSteps(principal, steps) : runToCompletion(steps);
  return { batch: true, actions };
}

async function logOverSocket(call: SocketCall, payload: unknown): Promise<LogAnswer> {
  const { services, principal, socket, locale } = call;
  const { wait = false } = parseOrThrow(logOptions, call.options ?? {}, 'options');
  const isSlow = isLargeBatch(payload) || isThrottled(principal);
  // Releases the slot, so that the user's other calls continue.
  const onWait = () => principal.call?.releaseSlot();
  // Enters the throttle now, not after the previous payload is accepted, so that the throttle's limits cover all of them.
  const reading = call.waitToRead(onWait);
  // Avoids an unhandled rejection. The callback below rethrows the error; until then the payload is in memory and counts.
  reading.catch(() => undefined);
  const ids = await call.logOrder.enqueue(socket, { isSlow, onWait }, async () => {
    await reading;
    return await services.accept(principal, await parsePayload(services, principal, payload), wait);
  });
  return wait ? await services.outcome(principal, ids, locale) : { ids };
}
