/** Accepts actions: `POST /v1/actions` and `log`, after the input was parsed. */
import { createHash } from 'node:crypto';
import { limits } from '../../protocol/limits.ts';
import type { ParsedAction } from '../../protocol/schemas/action.ts';
import { isService, type Principal } from '../access/principal.ts';
import { userIdOf } from '../access/users.ts';
import { HubError, invalid, overloaded } from '../errors.ts';
import { canonical } from '../model/canonical.ts';
import type { LoggedAction } from '../model/entities.ts';
import { levelOf } from '../model/levels.ts';
import type { Millis } from '../model/units.ts';
import type { LogDeps } from '../ports/deps.ts';
import type { IncomingAction, Overload } from '../ports/queue.ts';
import { runToCompletion, type Steps } from '../ports/steps.ts';
import { checkAction, displayedActor } from './authorize.ts';

export interface LogRequest {
  actions: readonly ParsedAction[];
  /** The caller sent a list. Paths in errors start with `actions[n]`, and `key` is the key of the batch. */
  batch: boolean;
  /** The `Idempotency-Key` of the single action or of the whole batch. */
  key?: string;
  /** The caller already called `checkCapacity`. Queue limits no longer apply. */
  isExemptFromLimits?: boolean;
}

/** Actions prepared in one step, which takes about a millisecond. */
export const STEP_SIZE = 10;

/**
 * Checks and queues actions. Returns their ids once no crash can lose them.
 * @throws HubError forbidden, invalid_input, key_conflict, overloaded. Then nothing is queued and no key is
 * used.
 */
export async function acceptActions(
  deps: LogDeps,
  principal: Principal,
  request: LogRequest,
): Promise<string[]> {
  const steps = prepare(deps, principal, request);
  const isLarge = request.actions.length > STEP_SIZE;
  const incoming = isLarge && deps.inSteps ? await deps.inSteps(principal, steps) : runToCompletion(steps);
  const batchKey = request.batch ? (request.key ?? null) : null;
  const acceptance = await deps.queue.accept({
    space: principal.space,
    subject: principal.sub,
    key: batchKey,
    hash: batchKey === null ? '' : hashOf(incoming.map((each) => each.hash)),
    actions: incoming,
    isExemptFromLimits: request.isExemptFromLimits,
  });
  if (acceptance.kind === 'accepted') return acceptance.ids;
  if (acceptance.kind === 'overloaded') throw overloadError(acceptance);
  const path = acceptance.index !== null && request.batch ? `actions[${acceptance.index}].key` : 'key';
  throw new HubError('key_conflict', undefined, [{ path, message: 'was used with other content' }]);
}

/** For calls that store something and log it afterwards. @throws HubError overloaded if that would fail */
export async function checkCapacity(
  { queue }: Pick<LogDeps, 'queue'>,
  space: string,
  { actions, bytes }: { actions: number; bytes: number },
): Promise<void> {
  const overload = await queue.checkCapacity(space, actions, bytes);
  if (overload) throw overloadError(overload);
}

function* prepare(deps: LogDeps, principal: Principal, request: LogRequest): Steps<IncomingAction[]> {
  const now = deps.now();
  const incoming: IncomingAction[] = [];
  for (const [index, input] of request.actions.entries()) {
    if (index > 0 && index % STEP_SIZE === 0) yield;
    const pathPrefix = request.batch ? `actions[${index}].` : '';
    checkAction(deps, principal, input, pathPrefix);
    if (!request.batch && request.key !== undefined && input.key !== undefined && input.key !== request.key) {
      throw invalid([{ path: 'key', message: 'differs from the header Idempotency-Key' }]);
    }
    const { key: ownKey, explicitDataKeys: _, ...content } = input;
    const key = ownKey ?? (request.batch ? null : (request.key ?? null));
    // Hashes are only compared for actions with a key.
    const needsHash = key !== null || request.key !== undefined;
    incoming.push({
      action: toLoggedAction(deps, principal, input, now, pathPrefix),
      key,
      hash: needsHash ? hashOf(content) : '',
    });
  }
  return incoming;
}

const OVERLOAD_MESSAGES = {
  hub: 'too many actions wait to be delivered; retry later',
  space: 'too many actions of this space wait to be delivered; retry later',
  memory: 'the queue is short of memory; retry later',
} as const;

const overloadError = ({ bound, retryAfterMs }: Overload): HubError =>
  overloaded(OVERLOAD_MESSAGES[bound], retryAfterMs);

function toLoggedAction(
  { settings, handlers, newId }: LogDeps,
  principal: Principal,
  input: ParsedAction,
  now: Millis,
  pathPrefix: string,
): LoggedAction {
  const timestamp = input.timestamp ?? now;
  if (timestamp > now + limits.timestampAhead) {
    throw invalid([{ path: `${pathPrefix}timestamp`, message: 'must be at most five minutes ahead' }]);
  }
  const notified = input.notify?.map((user, index) =>
    userIdOf(user, settings, `${pathPrefix}notify[${index}]`),
  );
  return {
    id: newId(),
    actor: isService(principal) || !input.actor ? input.actor : displayedActor(principal, input.actor),
    verb: input.verb,
    targets: input.targets,
    related: input.related,
    level: levelOf(input.level ?? handlers.levelOf(input.verb), settings, `${pathPrefix}level`),
    ...(input.body !== undefined && { body: input.body }),
    ...(input.url !== undefined && { url: input.url }),
    ...(input.buttons !== undefined && { buttons: input.buttons }),
    data: input.data,
    timestamp,
    updatedAt: timestamp,
    count: 1,
    notify: [...new Set(notified)],
    groupingDelay: input.groupingDelay,
  };
}

function hashOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url').slice(0, 22);
}
