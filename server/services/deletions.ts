import { isService, type Principal } from '../../core/access/principal.ts';
import { deleteObject } from '../../core/deletion/delete-object.ts';
import { type RecallDeps, recall } from '../../core/deletion/recall.ts';
import { type Task, taskName } from '../../core/ports/queue.ts';
import type { DeletedRef, Ref } from '../../protocol/entities.ts';
import type { ParsedDeletion } from '../../protocol/schemas/deletion.ts';
import type { CompletionWaiter } from '../completion-waiter.ts';

export type DeletionServicesDeps = RecallDeps & {
  completionWaiter: CompletionWaiter;
  /** Written before the deletion, so that no deleted user gets in while the database is unavailable. */
  deletedUsers: { add(space: string, user: string): Promise<void> };
};

/** The response, and whether feeds are up to date with it. */
export interface CompletionResult<T> {
  response: T;
  completed: boolean;
}

export class DeletionServices {
  readonly #deps: DeletionServicesDeps;

  constructor(deps: DeletionServicesDeps) {
    this.#deps = deps;
  }

  async recall(principal: Principal, id: string, wait: boolean): Promise<CompletionResult<{ id: string }>> {
    const { id: recalled, task } = await recall(this.#deps, principal, id);
    return {
      response: { id: recalled },
      completed: wait && (await this.#waitForCompletion(principal, task)),
    };
  }

  async deleteObject(
    principal: Principal,
    ref: Ref,
    input: ParsedDeletion,
    wait: boolean,
  ): Promise<CompletionResult<DeletedRef>> {
    const { settings, deletedUsers } = this.#deps;
    if (ref.type === settings.userType && isService(principal)) {
      await deletedUsers.add(principal.space, ref.id);
    }
    const { tombstone, task } = await deleteObject(this.#deps, principal, ref, input);
    return { response: tombstone, completed: wait && (await this.#waitForCompletion(principal, task)) };
  }

  #waitForCompletion({ space, call }: Principal, task: Task): Promise<boolean> {
    return this.#deps.completionWaiter.waitForCompletion(space, [taskName(task)], call);
  }
}
