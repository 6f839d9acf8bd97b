import type { Principal } from '../../core/access/principal.ts';
import {
  type DeadLetterDeps,
  discardDeadLetter,
  listDeadLetters,
  retryDeadLetter,
} from '../../core/dead-letters/dead-letters.ts';
import type { ParsedDeadLettersQuery } from '../../protocol/schemas/dead-letters.ts';

export class DeadLetterServices {
  readonly #deps: DeadLetterDeps;

  constructor(deps: DeadLetterDeps) {
    this.#deps = deps;
  }

  list(principal: Principal, query: ParsedDeadLettersQuery) {
    return listDeadLetters(this.#deps, principal, query);
  }

  retry(principal: Principal, id: string) {
    return retryDeadLetter(this.#deps, principal, id);
  }

  discard(principal: Principal, id: string) {
    return discardDeadLetter(this.#deps, principal, id);
  }
}
