import type { Redis } from 'ioredis';
import { hash32, keyOf } from '../../core/keys.ts';
import type { LoggedAction } from '../../core/model.ts';
import {
  type Acceptance,
  type ActionQueue,
  type ArrivingBatch,
  isChoreName,
  type Overload,
} from '../../core/ports/queue.ts';
import { acceptScript } from './accept.ts';
import type { BacklogGuard } from './backlog.ts';
import { backlogKey, busyLanesKey, deadIdsKey, owedKey, owedMember, pendingKey, spaceKey } from './keys.ts';
import { roomScript } from './room.ts';

/** Lanes of one space (decision 2). Changing it needs empty lanes: an actor's actions would change lanes. */
export const LANES = 64;
/** Idempotency keys are kept for 25 hours: the contract says at least 24. */
const KEY_TTL_S = 90_000;

/** Wakes whoever drains these lanes. `waiting`: actions of the space that are not in feeds yet, with the `fresh` ones just accepted. */
export type Wake = (space: string, lanes: number[], waiting: number, fresh: number) => void;

interface Scripts {
  hubbubAccept(
    ...argv: Array<string | number>
  ): Promise<[kind: string, first: string | number, second?: string, waiting?: number]>;
  hubbubRoom(
    backlog: string,
    ...argv: Array<string | number>
  ): Promise<[kind: string, bound?: string, leaving?: string]>;
}

const laneOf = (action: LoggedAction): number => (action.actor ? hash32(keyOf(action.actor)) : 0) % LANES;

/** A subject may hold any character: JSON keeps ("a", "b:c") and ("a:b", "c") apart. */
const scopedKey = (subject: string, key: string): string => JSON.stringify([subject, key]);

const unbounded: BacklogGuard = {
  limits: () => ({
    actions: Number.MAX_SAFE_INTEGER,
    bytes: Number.MAX_SAFE_INTEGER,
    ofSpace: { actions: Number.MAX_SAFE_INTEGER, bytes: Number.MAX_SAFE_INTEGER },
    weight: null,
  }),
  retryAfterMs: () => 1_000,
  outOfMemory: () => undefined,
};

function boundsOf(guard: BacklogGuard): number[] {
  const { actions, bytes, ofSpace, weight } = guard.limits();
  return [actions, bytes, ofSpace.actions, ofSpace.bytes, weight ?? -1];
}

export class RedisActionQueue implements ActionQueue {
  readonly #redis: Redis & Scripts;
  readonly #wake: Wake;
  readonly #guard: BacklogGuard;

  constructor(redis: Redis, wake: Wake, guard: BacklogGuard = unbounded) {
    redis.defineCommand('hubbubAccept', { numberOfKeys: 0, lua: acceptScript });
    redis.defineCommand('hubbubRoom', { numberOfKeys: 1, lua: roomScript });
    this.#redis = redis as Redis & Scripts;
    this.#wake = wake;
    this.#guard = guard;
  }

  async accept(batch: ArrivingBatch): Promise<Acceptance> {
    const { space, subject } = batch;
    const scoped = (key: string | null) => (key === null ? '' : scopedKey(subject, key));
    const argv = batch.actions.flatMap(({ action, key, hash }) => [
      action.id,
      laneOf(action),
      scoped(key),
      hash,
      JSON.stringify(action),
    ]);
    const key = scoped(batch.key);
    const head = [spaceKey(space), busyLanesKey, backlogKey, space, KEY_TTL_S, key, batch.hash];
    const bounds = boundsOf(batch.isPromised ? unbounded : this.#guard);
    const [kind, first, lanes, waiting = 0] = await this.#accepted([...head, ...bounds, ...argv]);
    if (kind === 'overloaded') return this.#overload(first, lanes);
    if (kind === 'conflict') return { kind, index: Number(first) < 0 ? null : Number(first) };
    // Not awaited: the batch is safe, and a lane that nobody was woken for is swept up.
    if (lanes) this.#wake(space, lanes.split(',').map(Number), waiting, batch.actions.length);
    return { kind: 'accepted', ids: String(first).split(',') };
  }

  async room(space: string, actions: number, bytes: number): Promise<Overload | null> {
    const bounds = boundsOf(this.#guard);
    const [kind, bound, leaving] = await this.#redis.hubbubRoom(backlogKey, space, actions, bytes, ...bounds);
    return kind === 'overloaded' ? this.#overload(bound, leaving) : null;
  }

  #overload(bound: string | number | undefined, leaving: string | undefined): Overload {
    return {
      kind: 'overloaded',
      bound: bound === 'hub' || bound === 'space' ? bound : 'memory',
      retryAfterMs: this.#guard.retryAfterMs(Number(leaving)),
    };
  }

  async #accepted(argv: ReadonlyArray<string | number>): ReturnType<Scripts['hubbubAccept']> {
    try {
      return await this.#redis.hubbubAccept(...argv);
    } catch (error) {
      // Redis reached its memory limit between two samples, or before the first one.
      if (!(error instanceof Error && /\bOOM\b/.test(error.message))) throw error;
      this.#guard.outOfMemory();
      return ['overloaded', 'memory', '0'];
    }
  }

  async knows(space: string, subject: string, key: string): Promise<boolean> {
    const [base, scoped] = [`${spaceKey(space)}:key`, scopedKey(subject, key)];
    return (await this.#redis.exists(`${base}:batch:${scoped}`, `${base}:action:${scoped}`)) > 0;
  }

  async pending(space: string, ids: readonly string[]): Promise<string[]> {
    const chores = ids.filter(isChoreName);
    const actions = ids.filter((id) => !isChoreName(id));
    const [owed, pending, dead] = await Promise.all([
      chores.length === 0
        ? []
        : this.#redis.zmscore(owedKey, ...chores.map((name) => owedMember(space, name))),
      actions.length === 0 ? [] : this.#redis.zmscore(pendingKey(space), ...actions),
      actions.length === 0 ? [] : this.#redis.smismember(deadIdsKey(space), ...actions),
    ]);
    return [
      ...chores.filter((_, index) => (owed[index] ?? null) !== null),
      ...actions.filter((_, index) => (pending[index] ?? null) !== null || dead[index] === 1),
    ];
  }

  async dead(space: string, ids: readonly string[]): Promise<string[]> {
    const actions = ids.filter((id) => !isChoreName(id));
    if (actions.length === 0) return [];
    const dead = await this.#redis.smismember(deadIdsKey(space), ...actions);
    return actions.filter((_, index) => dead[index] === 1);
  }

  async releaseDead(space: string, ids: readonly string[]): Promise<void> {
    if (ids.length > 0) await this.#redis.srem(deadIdsKey(space), ...ids);
  }
}
