import type { Redis } from 'ioredis';
import { hash32, keyOf } from '../../core/keys.ts';
import type { LoggedAction } from '../../core/model.ts';
import {
  type Acceptance,
  type ActionQueue,
  type ArrivingBatch,
  isChoreName,
} from '../../core/ports/queue.ts';
import { acceptScript } from './accept.ts';
import { busyLanesKey, owedKey, owedMember, pendingKey, spaceKey } from './keys.ts';

/** Lanes of one space (decision 2). Changing it needs empty lanes: an actor's actions would change lanes. */
export const LANES = 64;
/** Idempotency keys are kept for 25 hours: the contract says at least 24. */
const KEY_TTL_S = 90_000;

/** Wakes whoever drains these lanes. `waiting`: actions of the space that are not in feeds yet. */
export type Wake = (space: string, lanes: number[], waiting: number) => void;

interface Scripts {
  hubbubAccept(...argv: Array<string | number>): Promise<[string, string | number, string?, number?]>;
}

const laneOf = (action: LoggedAction): number => (action.actor ? hash32(keyOf(action.actor)) : 0) % LANES;

export class RedisActionQueue implements ActionQueue {
  readonly #redis: Redis & Scripts;
  readonly #wake: Wake;

  constructor(redis: Redis, wake: Wake) {
    redis.defineCommand('hubbubAccept', { numberOfKeys: 0, lua: acceptScript });
    this.#redis = redis as Redis & Scripts;
    this.#wake = wake;
  }

  async accept(batch: ArrivingBatch): Promise<Acceptance> {
    const { space, subject } = batch;
    // A subject may hold any character: JSON keeps ("a", "b:c") and ("a:b", "c") apart.
    const scoped = (key: string | null) => (key === null ? '' : JSON.stringify([subject, key]));
    const argv = batch.actions.flatMap(({ action, key, hash }) => [
      action.id,
      laneOf(action),
      scoped(key),
      hash,
      JSON.stringify(action),
    ]);
    const head = [spaceKey(space), busyLanesKey, space, KEY_TTL_S, scoped(batch.key), batch.hash];
    const [kind, first, lanes, waiting = 0] = await this.#redis.hubbubAccept(...head, ...argv);
    if (kind === 'conflict') return { kind, index: Number(first) < 0 ? null : Number(first) };
    // Not awaited: the batch is safe, and a lane that nobody was woken for is swept up.
    if (lanes) this.#wake(space, lanes.split(',').map(Number), waiting);
    return { kind: 'accepted', ids: String(first).split(',') };
  }

  async pending(space: string, ids: readonly string[]): Promise<string[]> {
    const chores = ids.filter(isChoreName);
    const actions = ids.filter((id) => !isChoreName(id));
    const [owed, pending] = await Promise.all([
      chores.length === 0
        ? []
        : this.#redis.zmscore(owedKey, ...chores.map((name) => owedMember(space, name))),
      actions.length === 0 ? [] : this.#redis.smismember(pendingKey(space), ...actions),
    ]);
    return [
      ...chores.filter((_, index) => (owed[index] ?? null) !== null),
      ...actions.filter((_, index) => pending[index] === 1),
    ];
  }
}
