import { HandlersWrapper } from './handlers-wrapper.ts';
import type { StoredAction } from './model.ts';
import type { Handlers } from './ports/handlers.ts';

/**
 * Waits for `visible` only so long, over all calls: calls at the same time count once. After that it is unknown who may see
 * an action, so that one filter that hangs does not hold up everything behind it.
 */
export class VisibleBudget extends HandlersWrapper {
  #left: number;
  #active = 0;
  #since = 0;
  #isSpent = false;

  constructor(inner: Handlers, ms: number) {
    super(inner);
    this.#left = ms;
  }

  /** Whether an answer is unknown because the time was up. */
  get isSpent(): boolean {
    return this.#isSpent;
  }

  override async visibleTo(
    action: StoredAction,
    users: readonly string[],
  ): Promise<ReadonlySet<string> | null> {
    const left = this.#left - (this.#active > 0 ? performance.now() - this.#since : 0);
    if (left <= 0) {
      this.#isSpent = true;
      return null;
    }
    if (this.#active === 0) this.#since = performance.now();
    this.#active += 1;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(() => {
        this.#isSpent = true;
        resolve(null);
      }, left);
    });
    try {
      return await Promise.race([super.visibleTo(action, users), late]);
    } finally {
      clearTimeout(timer);
      this.#active -= 1;
      if (this.#active === 0) this.#left -= performance.now() - this.#since;
    }
  }
}
