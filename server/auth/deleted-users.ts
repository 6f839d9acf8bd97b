/** A cache of deleted users. Their tokens are rejected, even if still valid (rule 8). */
import { LRUCache } from 'lru-cache';
import { isService, type Principal } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import { keyOf } from '../../core/model/keys.ts';
import type { Now } from '../../core/ports/clock.ts';
import type { Spaces } from '../../core/ports/stores.ts';
import type { Settings } from '../../core/settings.ts';
import { withTimeout } from '../../infra/timeout.ts';
import { roomOf } from '../sockets/types.ts';
import { BatchLookup, MAX_BATCH_WAIT_MS } from './batch-lookup.ts';

/** How long "not deleted" is cached. "Deleted" is cached forever. */
const PRESENT_TTL_MS = 5_000;
/** After this timeout of the database, the index in Redis is queried instead, because most calls do not need the database. */
const QUERY_TIMEOUT_MS = 500;
/** If both are unavailable, an earlier "not deleted" from the database stays valid for this long. */
const OUTAGE_TTL_MS = 3_600_000;
/** How long an `unavailable` result is cached. */
const UNKNOWN_TTL_MS = 1_000;
/** How often the index of a space is checked for completeness. */
const INDEX_CHECK_INTERVAL_MS = 30_000;
/** Maximum of spaces whose last check is remembered. */
const MAX_SPACES = 1_000;
/** Users per query when an index is filled. */
const PAGE_SIZE = 1_000;
/** Maximum of cached users. Beyond it, the least recently used is evicted. */
const MAX_ENTRIES = 50_000;

/** Shared by the entries of all users who were not deleted. */
const present = Promise.resolve(false);

interface CacheEntry {
  deleted: Promise<boolean>;
  until: number;
  /** When the database last confirmed that the user is not deleted. */
  confirmedAt: number | null;
}

/** An index of deleted users outside the database. It is written before the deletion. */
interface DeletedUserIndex {
  /** Returns `null` if the user is not in the index and the index is incomplete. */
  has(space: string, user: string): Promise<boolean | null>;
  isComplete(space: string): Promise<boolean>;
  fill(space: string, pages: AsyncIterable<readonly string[]>): Promise<void>;
}

interface DeletedUsersDeps {
  spaces: Spaces;
  index: DeletedUserIndex;
  settings: Settings;
  now: Now;
}

export class DeletedUsers {
  readonly #deps: DeletedUsersDeps;
  readonly #lookup = new BatchLookup((space, users) => this.filterDeleted(space, users));
  readonly #cache = new LRUCache<string, CacheEntry>({ max: MAX_ENTRIES });
  readonly #indexCheckedAt = new LRUCache<string, number>({ max: MAX_SPACES });

  constructor(deps: DeletedUsersDeps) {
    this.#deps = deps;
  }

  /**
   * Tokens with the service scope belong to programs, not users, so they always pass.
   * @throws HubError unauthenticated; unavailable if neither the database nor the index can be read
   */
  async check(principal: Principal): Promise<void> {
    if (isService(principal)) return;
    if (await this.#isDeleted(principal.space, principal.sub))
      throw new HubError('unauthenticated', 'the user was deleted');
  }

  #isDeleted(space: string, user: string): Promise<boolean> {
    const id = roomOf(space, user);
    const cached = this.#cache.get(id);
    const now = this.#deps.now();
    if (cached && cached.until > now) return cached.deleted;
    const until = now + PRESENT_TTL_MS;
    const confirmedAt = cached?.confirmedAt ?? null;
    const entry: CacheEntry = { deleted: Promise.resolve(true), until, confirmedAt };
    entry.deleted = this.#query(space, user, entry).then((found) => {
      if (found) this.markDeleted(space, user);
      else entry.deleted = present;
      return found;
    });
    this.#cache.set(id, entry);
    return entry.deleted;
  }

  /** Returns the deleted ones of the users, from the database. */
  async filterDeleted(space: string, users: readonly string[]): Promise<string[]> {
    const type = this.#deps.settings.userType;
    const byKey = new Map(users.map((user) => [keyOf({ type, id: user }), user]));
    const found = await this.#deps.spaces.reader(space).objects.deleted([...byKey.keys()]);
    return [...found.keys()].flatMap((key) => byKey.get(key) ?? []);
  }

  markDeleted(space: string, user: string): void {
    const deleted = Promise.resolve(true);
    this.#cache.set(roomOf(space, user), { deleted, until: Number.POSITIVE_INFINITY, confirmedAt: null });
  }

  /** @throws HubError unavailable */
  async #query(space: string, user: string, entry: CacheEntry): Promise<boolean> {
    const { index, now } = this.#deps;
    const stored = await withTimeout(
      () => this.#lookup.has(space, user),
      MAX_BATCH_WAIT_MS + QUERY_TIMEOUT_MS,
    );
    if (stored) {
      this.#ensureIndex(space);
      entry.confirmedAt = now();
      return stored.value;
    }
    const indexed = (await withTimeout(() => index.has(space, user), QUERY_TIMEOUT_MS))?.value ?? null;
    if (indexed !== null) return indexed;
    if (entry.confirmedAt !== null && now() - entry.confirmedAt < OUTAGE_TTL_MS) return false;
    entry.until = now() + UNKNOWN_TTL_MS;
    throw new HubError(
      'unavailable',
      'the hub cannot check at the moment whether the user was deleted',
      undefined,
      UNKNOWN_TTL_MS,
    );
  }

  /** Fills the index of a space from the database if it is incomplete: at first, and after Redis lost its data. */
  #ensureIndex(space: string): void {
    const { index, now } = this.#deps;
    if (now() - (this.#indexCheckedAt.get(space) ?? Number.NEGATIVE_INFINITY) < INDEX_CHECK_INTERVAL_MS)
      return;
    this.#indexCheckedAt.set(space, now());
    const fill = async () => {
      if (!(await index.isComplete(space))) await index.fill(space, this.#allDeleted(space));
    };
    // A failure only matters during a database outage, and the next check retries.
    fill().catch(() => this.#indexCheckedAt.delete(space));
  }

  async *#allDeleted(space: string): AsyncGenerator<string[]> {
    const { objects } = this.#deps.spaces.reader(space);
    const type = this.#deps.settings.userType;
    let after: string | undefined;
    for (;;) {
      const keys = await objects.keysByType(type, { after, limit: PAGE_SIZE });
      yield keys.map((key) => key.slice(type.length + 1));
      after = keys.at(-1);
      if (keys.length < PAGE_SIZE) return;
    }
  }
}
