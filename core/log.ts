/** Accepting actions: what `POST /v1/actions` and `log` do once the input is parsed. */
import { createHash } from 'node:crypto';
import { limits } from '../protocol/limits.ts';
import type { ParsedAction } from '../protocol/schemas/action.ts';
import { isService, type Principal } from './access.ts';
import { canonical } from './canonical.ts';
import { HubError, invalid, overloaded } from './errors.ts';
import { levelOf } from './levels.ts';
import { checkAction, type LogAccessDeps, shownActor } from './log-access.ts';
import type { LoggedAction } from './model.ts';
import type { NewId, Now } from './ports/bus.ts';
import type { ActionQueue, Arriving, Overload } from './ports/queue.ts';
import { atOnce, type InSteps, type Steps } from './ports/steps.ts';
import type { Settings } from './settings.ts';
import { userIdOf } from './users.ts';

export interface LogDeps extends LogAccessDeps {
  queue: ActionQueue;
  newId: NewId;
  now: Now;
  /** How a large batch is prepared; default: at once. */
  inSteps?: InSteps;
}

export interface LogRequest {
  actions: readonly ParsedAction[];
  /** Whether a list was sent: paths in errors then begin with `actions[n]`, and `key` is the batch's. */
  batch: boolean;
  /** The `Idempotency-Key`: of the one action, or of the batch as a whole. */
  key?: string;
  /** `checkRoom` found room for it: it is not refused for what waits. */
  isPromised?: boolean;
}

/** Actions prepared in one step: about a millisecond. */
export const STEP = 10;

/**
 * Checks and queues actions. Answers their ids once the death of any process can no longer lose them.
 * @throws HubError forbidden, invalid_input, key_conflict, overloaded; then nothing is queued and no key is used up.
 */
export async function logActions(
  deps: LogDeps,
  principal: Principal,
  request: LogRequest,
): Promise<string[]> {
  const steps = prepare(deps, principal, request);
  const isLarge = request.actions.length > STEP;
  const arriving = isLarge && deps.inSteps ? await deps.inSteps(principal, steps) : atOnce(steps);
  const batchKey = request.batch ? (request.key ?? null) : null;
  const answer = await deps.queue.accept({
    space: principal.space,
    subject: principal.sub,
    key: batchKey,
    hash: batchKey === null ? '' : hashOf(arriving.map((each) => each.hash)),
    actions: arriving,
    isPromised: request.isPromised,
  });
  if (answer.kind === 'accepted') return answer.ids;
  if (answer.kind === 'overloaded') throw refusalOf(answer);
  const path = answer.index !== null && request.batch ? `actions[${answer.index}].key` : 'key';
  throw new HubError('key_conflict', undefined, [{ path, message: 'was used with other content' }]);
}

/**
 * For calls that store something else before they log that they did.
 * @throws HubError overloaded where actions of this size would be refused now
 */
export async function checkRoom(
  { queue }: Pick<LogDeps, 'queue'>,
  space: string,
  { actions, bytes }: { actions: number; bytes: number },
): Promise<void> {
  const overload = await queue.room(space, actions, bytes);
  if (overload) throw refusalOf(overload);
}

function* prepare(deps: LogDeps, principal: Principal, request: LogRequest): Steps<Arriving[]> {
  const now = deps.now();
  const arriving: Arriving[] = [];
  for (const [index, input] of request.actions.entries()) {
    if (index > 0 && index % STEP === 0) yield;
    const root = request.batch ? `actions[${index}].` : '';
    checkAction(deps, principal, input, root);
    if (!request.batch && request.key !== undefined && input.key !== undefined && input.key !== request.key) {
      throw invalid([{ path: 'key', message: 'differs from the header Idempotency-Key' }]);
    }
    const { key: own, explicit: _, ...content } = input;
    const key = own ?? (request.batch ? null : (request.key ?? null));
    // Only what has a key is ever compared.
    const isCompared = key !== null || request.key !== undefined;
    arriving.push({
      action: accepted(deps, principal, input, now, root),
      key,
      hash: isCompared ? hashOf(content) : '',
    });
  }
  return arriving;
}

const OVERLOADED = {
  hub: 'too many actions wait to be delivered; retry later',
  space: 'too many actions of this space wait to be delivered; retry later',
  memory: 'the queue is short of memory; retry later',
} as const;

const refusalOf = ({ bound, retryAfterMs }: Overload): HubError =>
  overloaded(OVERLOADED[bound], retryAfterMs);

function accepted(
  { settings, handlers, newId }: LogDeps,
  principal: Principal,
  input: ParsedAction,
  now: number,
  root: string,
): LoggedAction {
  const timestamp = input.timestamp ?? now;
  if (timestamp > now + limits.ahead) {
    throw invalid([{ path: `${root}timestamp`, message: 'must be at most five minutes ahead' }]);
  }
  return {
    id: newId(),
    actor: isService(principal) || !input.actor ? input.actor : shownActor(principal, input.actor),
    verb: input.verb,
    targets: input.targets,
    related: input.related,
    level: levelOf(input.level ?? handlers.levelOf(input.verb), settings, `${root}level`),
    data: input.data,
    timestamp,
    updatedAt: timestamp,
    count: 1,
    notify: notified(input, settings, root),
    groupingDelay: input.groupingDelay,
  };
}

function notified({ notify = [] }: ParsedAction, settings: Settings, root: string): string[] {
  return [...new Set(notify.map((user, index) => userIdOf(user, settings, `${root}notify[${index}]`)))];
}

/** Of JSON, whatever the order of its keys. */
function hashOf(content: unknown): string {
  return createHash('sha256').update(canonical(content)).digest('base64url').slice(0, 22);
}
