/** What the calls of the API share: their dependencies, and logging of actions with its outcome. */
import { isService, type Principal } from '../core/access/principal.ts';
import { acceptActions, type LogRequest } from '../core/actions/accept.ts';
import { resolveActions } from '../core/grouping/resolution.ts';
import type { CoreDeps } from '../core/ports/deps.ts';
import { runToCompletion, type Steps } from '../core/ports/steps.ts';
import { displaysFor, keysOfActions, withDisplays } from '../core/rendering/displays.ts';
import { presentAction } from '../core/rendering/present.ts';
import type { Logger } from '../infra/log.ts';
import type { LogAnswer, LogResult } from '../protocol/entities.ts';
import type { CompletionWaiter } from './completion-waiter.ts';
import type { Overloads } from './limits/overloads.ts';

interface ServiceDeps extends CoreDeps {
  completionWaiter: CompletionWaiter;
  deletedUsers: { add(space: string, user: string): Promise<void> };
  log: Logger;
  /** Records whether `log` calls are accepted. */
  overloads?: Overloads;
}

export class Services {
  readonly deps: ServiceDeps;

  constructor(deps: ServiceDeps) {
    this.deps = deps;
  }

  inSteps<T>(principal: Principal, steps: Steps<T>): Promise<T> {
    return this.deps.inSteps
      ? this.deps.inSteps(principal, steps)
      : Promise.resolve(steps).then(runToCompletion);
  }

  async log(principal: Principal, request: LogRequest, wait: boolean, locale?: string): Promise<LogAnswer> {
    const ids = await this.accept(principal, request, wait);
    return wait ? await this.outcome(principal, ids, locale) : { ids };
  }

  async accept(principal: Principal, request: LogRequest, wait: boolean): Promise<string[]> {
    if (wait) await this.deps.completionWaiter.prepare(principal.space);
    const { overloads } = this.deps;
    try {
      const ids = await acceptActions(this.deps, principal, request);
      overloads?.recordAccepted(principal.space);
      return ids;
    } catch (error) {
      overloads?.recordFailed(principal.space, principal.call?.bytes ?? null, error);
      throw error;
    }
  }

  /**
   * Waits until feeds are up to date, and returns results. If that takes more than 30 s or fails, it returns only the ids: an
   * error would make the client retry and log its actions twice.
   */
  async outcome(principal: Principal, ids: string[], locale?: string): Promise<LogAnswer> {
    const { space } = principal;
    try {
      if (!(await this.deps.completionWaiter.waitForCompletion(space, ids, principal.call))) return { ids };
      const results = await this.#resultsOf(principal, ids, locale);
      return results ? { ids, results } : { ids };
    } catch (error) {
      this.deps.log.warn({ err: error, space, ids }, 'failed to read results of accepted actions');
      return { ids };
    }
  }

  /** Returns `null` if an action has no outcome: Redis lost it before it was stored. */
  async #resultsOf(
    principal: Principal,
    ids: readonly string[],
    locale?: string,
  ): Promise<LogResult[] | null> {
    const { spaces, handlers } = this.deps;
    const resolved = await resolveActions(spaces.reader(principal.space).actions, ids);
    if (ids.some((id) => !resolved.has(id))) return null;
    const found = [...resolved.values()].flatMap(({ action }) => action ?? []);
    const displays = await displaysFor(this.deps, principal)(() => keysOfActions(found));
    const view = { handlers, locale, user: isService(principal) ? undefined : principal.sub };
    return ids.flatMap((id) => {
      const { action, outcome } = resolved.get(id) ?? {};
      // The action may have been recalled meanwhile.
      if (!action || !outcome) return [];
      return [{ id, outcome, action: presentAction(withDisplays(action, displays), view) }];
    });
  }
}
