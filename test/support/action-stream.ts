import { expect } from 'vitest';
import type { FeedPage, LogAnswer } from '../../protocol/entities.ts';
import { wholeFeed } from './feeds.ts';
import type { Api } from './http.ts';
import type { TestHub } from './hub.ts';
import { until } from './until.ts';

const ACTORS = ['ada', 'ben', 'cleo'];
/** Who every action notifies. */
export const READER = 'reader';
/** Pause between two actions of an actor. */
const PAUSE_MS = 60;
const CONVERGED_MS = 45_000;
/** How close to a crash. Replication usually takes some milliseconds. */
const LAST_MOMENTS_MS = 1_000;

const pause = () => new Promise((resolve) => setTimeout(resolve, PAUSE_MS));

interface Accepted {
  space: string;
  actor: string;
  id: string;
  /** When the response arrived. */
  at: number;
}

/**
 * Several actors log actions in several spaces, one after another, until `stop`. A call that fails is repeated with its key, as
 * clients do, until it is accepted.
 */
export class ActionStream {
  readonly #hub: TestHub;
  readonly #spaces: readonly string[];
  readonly #actors: Array<Promise<void>> = [];
  /** In the order of acceptance. */
  readonly accepted: Accepted[] = [];
  #isStopped = false;

  private constructor(hub: TestHub, spaces: readonly string[]) {
    this.#hub = hub;
    this.#spaces = spaces;
  }

  static async start(hub: TestHub, spaces: readonly string[]): Promise<ActionStream> {
    const stream = new ActionStream(hub, spaces);
    for (const space of spaces) {
      const service = await hub.service({ space });
      for (const actor of ACTORS) stream.#actors.push(stream.#log(service, space, actor));
    }
    return stream;
  }

  async #log(service: Api, space: string, actor: string): Promise<void> {
    for (let count = 0; !this.#isStopped; count += 1) {
      const action = { actor: `user:${actor}`, verb: 'did', notify: [READER], groupingDelay: -1, count };
      const headers = { 'idempotency-key': `${actor}-${count}` };
      const id = await until(async () => {
        const { status, body } = await service.post<LogAnswer>('/v1/actions', action, headers);
        return status === 202 ? body.ids[0] : false;
      }, 'the action is accepted');
      this.accepted.push({ space, actor, id, at: Date.now() });
      await pause();
    }
  }

  /** Waits until this many more actions have been accepted in each space. */
  async waitForMore(count: number): Promise<void> {
    const target = this.#spaces.map((space) => this.#countOf(space) + count);
    await until(
      () => this.#spaces.every((space, index) => this.#countOf(space) >= (target[index] ?? 0)),
      `${count} more actions in each space`,
    );
  }

  #countOf(space: string): number {
    return this.accepted.filter((each) => each.space === space).length;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#actors);
  }

  /**
   * Every accepted action is in the feed once, the actions of each actor are in order, and the counts agree with the list. Actions
   * accepted close to `crashAt` may be missing: the servers had not replicated them.
   */
  async expectAllDelivered(crashAt = 0): Promise<void> {
    for (const space of this.#spaces) {
      const service = await this.#hub.service({ space });
      const accepted = this.accepted.filter((each) => each.space === space);
      const certain = accepted.filter(({ at }) => Math.abs(at - crashAt) > LAST_MOMENTS_MS);
      const list = async () => (await wholeFeed(service, READER)).toReversed().map(({ action }) => action);
      const isComplete = async () => {
        const ids = new Set((await list()).map(({ id }) => id));
        return certain.every(({ id }) => ids.has(id));
      };
      await until(isComplete, `all actions of ${space}`, CONVERGED_MS);
      const actions = await list();
      const ids = actions.map(({ id }) => id);
      expect(new Set(ids).size, space).toBe(ids.length);
      const known = new Set(accepted.map(({ id }) => id));
      // A call whose response was lost is repeated with its key. If the key was lost as well, both actions are stored.
      if (crashAt === 0)
        expect(
          ids.filter((id) => !known.has(id)),
          space,
        ).toEqual([]);
      for (const actor of ACTORS) {
        const own = accepted
          .filter((each) => each.actor === actor && ids.includes(each.id))
          .map(({ id }) => id);
        const listed = actions
          .filter((each) => each.actor?.id === actor && known.has(each.id))
          .map(({ id }) => id);
        expect(listed, `${actor} in ${space}`).toEqual(own);
      }
      const { body } = await service.get<FeedPage>(`/v1/users/${READER}/feed`);
      expect(body.counts, space).toMatchObject({ unread: ids.length, unseen: ids.length });
    }
  }
}
