/** Which users were deleted: their tokens are refused from then on, whatever they say (rule 8 of the contract). */
import { isService, type Principal } from '../core/access.ts';
import { HubError } from '../core/errors.ts';
import { keyOf } from '../core/keys.ts';
import type { Now } from '../core/ports/bus.ts';
import type { Spaces } from '../core/ports/stores.ts';
import type { Settings } from '../core/settings.ts';
import { within } from '../infra/within.ts';
import { roomOf } from './sockets/types.ts';
import { MAX_GATHER_MS, Together } from './together.ts';

/** That a user is there is believed for so long; that it was deleted, for good. */
const BELIEVED_MS = 5_000;
/** A database that takes longer does not keep the gateway from its work, which mostly needs none: then the index is asked. */
const PATIENCE_MS = 500;
/** Where neither can say, a user that the database knew to be there is believed to be for so long. */
const OUTAGE_MS = 3_600_000;
/** A refusal for lack of an answer is repeated for so long before anybody is asked again. */
const UNKNOWN_MS = 1_000;
/** How often it is looked whether a space's index is complete. */
const LOOK_MS = 30_000;
/** Spaces of which it is known when that was. */
const MAX_SPACES = 1_000;
/** Users read together when an index is filled. */
const PAGE = 1_000;
/** Users remembered; of more, those asked for longest ago are asked for again. */
const MOST_REMEMBERED = 50_000;

interface Belief {
  deleted: Promise<boolean>;
  until: number;
  /** When the database last said that the user is there. */
  confirmedAt: number | null;
}

/** Whom the database knows to be deleted, kept beside it. Written before a deletion is. */
export interface DeletedUserIndex {
  /** `null`: the index is not complete and does not have the user. */
  has(space: string, user: string): Promise<boolean | null>;
  isComplete(space: string): Promise<boolean>;
  fill(space: string, pages: AsyncIterable<readonly string[]>): Promise<void>;
}

export interface DeletedUsersDeps {
  spaces: Spaces;
  index: DeletedUserIndex;
  settings: Settings;
  now: Now;
}

export class DeletedUsers {
  readonly #deps: DeletedUsersDeps;
  readonly #stored = new Together((space, users) => this.among(space, users));
  /** By space and user, in the order in which they were asked for. */
  readonly #beliefs = new Map<string, Belief>();
  /** When the index of a space was last looked at. */
  readonly #looked = new Map<string, number>();

  constructor(deps: DeletedUsersDeps) {
    this.#deps = deps;
  }

  /**
   * The service scope is of programs, whatever they call themselves.
   * @throws HubError unauthenticated, and unavailable where nobody can say whether the user was deleted
   */
  async check(principal: Principal): Promise<void> {
    if (isService(principal)) return;
    if (await this.isDeleted(principal.space, principal.sub)) throw refusal();
  }

  isDeleted(space: string, user: string): Promise<boolean> {
    const id = roomOf(space, user);
    const known = this.#beliefs.get(id);
    if (known && known.until > this.#deps.now()) return known.deleted;
    const until = this.#deps.now() + BELIEVED_MS;
    const belief: Belief = { deleted: Promise.resolve(true), until, confirmedAt: known?.confirmedAt ?? null };
    belief.deleted = this.#ask(space, user, belief).then((found) => {
      if (found) this.heard(space, user);
      return found;
    });
    this.#remember(id, belief);
    return belief.deleted;
  }

  /** Those of the users who were deleted, asked of the database itself. */
  async among(space: string, users: readonly string[]): Promise<string[]> {
    const byKey = new Map(users.map((user) => [this.#keyOf(user), user]));
    const found = await this.#deps.spaces.reader(space).objects.deleted([...byKey.keys()]);
    return [...found.keys()].flatMap((key) => byKey.get(key) ?? []);
  }

  heard(space: string, user: string): void {
    const deleted = Promise.resolve(true);
    this.#remember(roomOf(space, user), { deleted, until: Number.POSITIVE_INFINITY, confirmedAt: null });
  }

  /** @throws HubError unavailable */
  async #ask(space: string, user: string, belief: Belief): Promise<boolean> {
    const { index, now } = this.#deps;
    const stored = await within(() => this.#stored.has(space, user), MAX_GATHER_MS + PATIENCE_MS);
    if (stored) {
      this.#keepIndex(space);
      belief.confirmedAt = now();
      return stored.value;
    }
    const noted = (await within(() => index.has(space, user), PATIENCE_MS))?.value ?? null;
    if (noted !== null) return noted;
    if (belief.confirmedAt !== null && now() - belief.confirmedAt < OUTAGE_MS) return false;
    belief.until = now() + UNKNOWN_MS;
    throw new HubError(
      'unavailable',
      'the hub cannot tell at the moment whether the user was deleted',
      undefined,
      UNKNOWN_MS,
    );
  }

  /** Fills a space's index where it is not complete: at first, and when Redis lost its memory. The database answers. */
  #keepIndex(space: string): void {
    const { index, now } = this.#deps;
    if (now() - (this.#looked.get(space) ?? Number.NEGATIVE_INFINITY) < LOOK_MS) return;
    this.#looked.delete(space);
    this.#looked.set(space, now());
    const [oldest] = this.#looked.keys();
    if (this.#looked.size > MAX_SPACES && oldest !== undefined) this.#looked.delete(oldest);
    const fill = async () => {
      if (!(await index.isComplete(space))) await index.fill(space, this.#all(space));
    };
    // Without it only an outage of the database is worse, and the next look repairs it.
    fill().catch(() => this.#looked.delete(space));
  }

  async *#all(space: string): AsyncGenerator<string[]> {
    const { objects } = this.#deps.spaces.reader(space);
    const type = this.#deps.settings.userType;
    let after: string | undefined;
    for (;;) {
      const keys = await objects.keysOf(type, { after, limit: PAGE });
      yield keys.map((key) => key.slice(type.length + 1));
      after = keys.at(-1);
      if (keys.length < PAGE) return;
    }
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
