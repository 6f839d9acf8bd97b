import type { StoredAction } from '../model/entities.ts';
import type { Handlers } from '../ports/handlers.ts';
import { HandlersWrapper } from './handlers-wrapper.ts';

/**
 * Limits the total time spent waiting for `visible`; concurrent calls count once. After that, `visibleTo`
 * returns null (undetermined), so that a hanging filter does not block the whole batch.
 */
export class VisibleBudget extends HandlersWrapper {
  #remainingMs: number;
  #active = 0;
  #activeSince = 0;
  #isExhausted = false;

  constructor(inner: Handlers, ms: number) {
    super(inner);
    this.#remainingMs = ms;
  }

  /** True if a result is undetermined because the time was used up. */
  get isExhausted(): boolean {
    return this.#isExhausted;
  }

  override async visibleTo(
    action: StoredAction,
    users: readonly string[],
  ): Promise<ReadonlySet<string> | null> {
    const remainingMs = this.#remainingMs - (this.#active > 0 ? performance.now() - this.#activeSince : 0);
    if (remainingMs <= 0) {
      this.#isExhausted = true;
      return null;
    }
    if (this.#active === 0) this.#activeSince = performance.now();
    this.#active += 1;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        this.#isExhausted = true;
        resolve(null);
      }, remainingMs);
    });
    try {
      return await Promise.race([super.visibleTo(action, users), timeout]);
    } finally {
      clearTimeout(timer);
      this.#active -= 1;
      if (this.#active === 0) this.#remainingMs -= performance.now() - this.#activeSince;
    }
  }
}
