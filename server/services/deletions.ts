import { isService, type Principal } from '../../core/access.ts';
import { deleteObject } from '../../core/deletion/delete-object.ts';
import { type Chore, choreName } from '../../core/ports/queue.ts';
import { type RecallDeps, recall } from '../../core/recall.ts';
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import type { ParsedDeletion } from '../../protocol/schemas/deletion.ts';
import type { Waiting } from '../waiting.ts';

export type DeletionServicesDeps = RecallDeps & {
  waiting: Waiting;
  /** Written before the deletion, so that a database that is away lets no deleted user in. */
  deletedUsers: { add(space: string, user: string): Promise<void> };
};

/** An answer, and whether feeds are up to date with it. */
export interface Awaited<T> {
  answer: T;
  done: boolean;
}

export class DeletionServices {
  readonly #deps: DeletionServicesDeps;

  constructor(deps: DeletionServicesDeps) {
    this.#deps = deps;
  }

  async recall(principal: Principal, id: string, wait: boolean): Promise<Awaited<{ id: string }>> {
    const { id: gone, chore } = await recall(this.#deps, principal, id);
    return { answer: { id: gone }, done: wait && (await this.#done(principal, chore)) };
  }

  async deleteObject(
    principal: Principal,
    ref: Ref,
    input: ParsedDeletion,
    wait: boolean,
  ): Promise<Awaited<DeletedRef>> {
    const { settings, deletedUsers } = this.#deps;
    if (ref.type === settings.userType && isService(principal)) {
      await deletedUsers.add(principal.space, ref.id);
    }
    const { left, chore } = await deleteObject(this.#deps, principal, ref, input);
    return { answer: left, done: wait && (await this.#done(principal, chore)) };
  }

  #done({ space, call }: Principal, chore: Chore): Promise<boolean> {
    return this.#deps.waiting.settled(space, [choreName(chore)], call);
  }
}
