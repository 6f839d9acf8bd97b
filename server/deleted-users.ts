/** Which users were deleted: their tokens are refused from then on, whatever they say (rule 8 of the contract). */
import { isService, type Principal } from '../core/access.ts';
import { HubError } from '../core/errors.ts';
import { keyOf } from '../core/keys.ts';
import type { Now } from '../core/ports/bus.ts';
import type { Spaces } from '../core/ports/stores.ts';
import type { Settings } from '../core/settings.ts';
import { within } from '../infra/within.ts';
import { roomOf } from './sockets/types.ts';

/** That a user is there is believed for so long; that it was deleted, for good. */
const BELIEVED_MS = 5_000;
/** A database that takes longer does not keep the gateway from its work, which mostly needs none. */
const PATIENCE_MS = 500;
/** Users remembered; of more, those asked for longest ago are asked for again. */
const MOST_REMEMBERED = 50_000;

interface Belief {
  deleted: Promise<boolean>;
  until: number;
}

export interface DeletedUsersDeps {
  spaces: Spaces;
  settings: Settings;
  now: Now;
}

export class DeletedUsers {
  readonly #deps: DeletedUsersDeps;
  /** By space and user, in the order in which they were asked for. */
  readonly #beliefs = new Map<string, Belief>();

  constructor(deps: DeletedUsersDeps) {
    this.#deps = deps;
  }

  /** The service scope is of programs, whatever they call themselves. @throws HubError unauthenticated */
  async check(principal: Principal): Promise<void> {
    if (isService(principal)) return;
    if (await this.isDeleted(principal.space, principal.sub)) throw refusal();
  }

  isDeleted(space: string, user: string): Promise<boolean> {
    const id = roomOf(space, user);
    const known = this.#beliefs.get(id);
    if (known && known.until > this.#deps.now()) return known.deleted;
    const deleted = this.#ask(space, user).then((found) => {
      if (found) this.heard(space, user);
      return found;
    });
    this.#remember(id, { deleted, until: this.#deps.now() + BELIEVED_MS });
    return deleted;
  }

  /** Those of the users who were deleted, asked of the database itself. */
  async among(space: string, users: readonly string[]): Promise<string[]> {
    const byKey = new Map(users.map((user) => [this.#keyOf(user), user]));
    const found = await this.#deps.spaces.reader(space).objects.deleted([...byKey.keys()]);
    return [...found.keys()].flatMap((key) => byKey.get(key) ?? []);
  }

  heard(space: string, user: string): void {
    this.#remember(roomOf(space, user), { deleted: Promise.resolve(true), until: Number.POSITIVE_INFINITY });
  }

  /** Where the database does not answer the user is taken to be there: everything it keeps is out of reach anyway. */
  async #ask(space: string, user: string): Promise<boolean> {
    const found = await within(() => this.among(space, [user]), PATIENCE_MS);
    return found !== null && found.value.length > 0;
  }

  #keyOf(user: string): string {
    return keyOf({ type: this.#deps.settings.userType, id: user });
  }

  #remember(id: string, belief: Belief): void {
    this.#beliefs.delete(id);
    this.#beliefs.set(id, belief);
    if (this.#beliefs.size <= MOST_REMEMBERED) return;
    for (const oldest of this.#beliefs.keys()) {
      this.#beliefs.delete(oldest);
      return;
    }
  }
}

const refusal = (): HubError => new HubError('unauthenticated', 'the user was deleted');
