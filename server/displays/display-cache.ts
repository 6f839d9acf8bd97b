/**
 * What this gateway knows about the displays of registered objects (decision 57). Most spaces have none. For them the cache knows
 * only that, so a response or a push costs no query.
 *
 * A change of displays invalidates its space on all gateways before its call returns:
 *
 *     PUT on any gateway   stores ── announces ─────────────────── all gateways replied ── responds
 *     this gateway                      └─ forgets the space ── replies ──┘
 *
 * While this gateway may miss such messages, it queries the database for every response. Entries expire in any case: a
 * gateway that does not reply in time has forgotten its entries when the call stops waiting for it.
 */
import { LRUCache } from 'lru-cache';
import { ReadTimeoutError } from '../../core/errors.ts';
import type { Display } from '../../core/model/entities.ts';
import type { Displays } from '../../core/ports/displays.ts';
import type { Spaces } from '../../core/ports/stores.ts';
import type { DisplaysByKey } from '../../core/rendering/displays.ts';
import type { BusSubscriber, Subscription } from '../../infra/redis/bus.ts';
import { ALL_GATEWAYS } from '../../infra/redis/display-changes.ts';

/** However the messages are lost, responses and pushes show a change after this time. */
export const MAX_DISPLAY_AGE_MS = 5_000;
/** Afterwards, an entry in use is read again in the background, so that no push waits for it. */
const REFRESH_AFTER_MS = 2_500;
const READ_TIMEOUT_MS = 5_000;
const MAX_SPACES = 10_000;
/** Objects, in all spaces. An object with long addresses counts as several. */
const MAX_OBJECTS = 20_000;
const OBJECT_UNIT = 500;
/** Displays may change again while they are read. Only constant changes reach this limit. */
const MAX_ATTEMPTS = 5;

/** What was read about a space since a point in time. */
interface SpaceEntry {
  /** Distinguishes the objects of this entry from those of earlier ones. */
  readonly id: number;
  readonly since: number;
  /** Whether objects of the space are registered; `null` until it is read. */
  hasDisplays: boolean | null;
  reading: Promise<void> | null;
  isRefreshing: boolean;
}

const none: DisplaysByKey = new Map();

interface DisplayCacheDeps {
  spaces: Pick<Spaces, 'reader'>;
  subscriptions: Pick<BusSubscriber, 'retain' | 'isOpen'>;
  /** Makes all gateways forget the space. */
  announce: (space: string) => Promise<void>;
  /** A clock that is never set, in milliseconds. */
  monotonicNow: () => number;
}

export class DisplayCache implements Displays {
  readonly #deps: DisplayCacheDeps;
  readonly #spaces: LRUCache<string, SpaceEntry>;
  readonly #objects: LRUCache<string, { display: Display | null }>;
  #subscription: Subscription | null = null;
  #isSubscribed = false;
  #lastId = 0;

  constructor(deps: DisplayCacheDeps) {
    this.#deps = deps;
    this.#spaces = new LRUCache({ max: MAX_SPACES });
    this.#objects = new LRUCache({
      maxSize: MAX_OBJECTS,
      sizeCalculation: ({ display }) => Math.ceil(JSON.stringify(display).length / OBJECT_UNIT),
    });
  }

  /** Subscribes to the announcements of changes. */
  start(): void {
    this.#subscription ??= this.#subscribe();
  }

  /** Returns the displays if no query is needed, else `null`. `keysOf` is called if the space has registered objects. */
  known(space: string, keysOf: () => readonly string[]): DisplaysByKey | null {
    const entry = this.#current(space);
    if (!entry || entry.hasDisplays === null) return null;
    if (!entry.hasDisplays) return none;
    const found = new Map<string, Display>();
    for (const key of keysOf()) {
      const known = this.#objects.get(objectName(entry, key));
      if (!known) return null;
      if (known.display) found.set(key, known.display);
    }
    return found;
  }

  async find(space: string, keysOf: () => readonly string[], signal?: AbortSignal): Promise<DisplaysByKey> {
    const known = this.known(space, keysOf);
    if (known) return known;
    const keys = keysOf();
    if (keys.length === 0) return none;
    const { objects } = this.#deps.spaces.reader(space, signal);
    for (let attempt = 1; this.#isLive() && attempt <= MAX_ATTEMPTS; attempt += 1) {
      const entry = this.#current(space) ?? this.#open(space);
      await this.#read(space, entry);
      if (entry.hasDisplays) {
        const missing = keys.filter((key) => !this.#objects.has(objectName(entry, key)));
        const loaded = await objects.displays(missing);
        for (const key of missing)
          this.#objects.set(objectName(entry, key), { display: loaded.get(key) ?? null });
      }
      // Otherwise displays have changed meanwhile.
      const found = this.#current(space) === entry ? this.known(space, () => keys) : null;
      if (found) return found;
    }
    return await objects.displays(keys);
  }

  async invalidate(space: string): Promise<void> {
    this.forget(space);
    await this.#deps.announce(space);
  }

  /** Call it when displays of the space have changed. */
  forget(space: string): void {
    this.#spaces.delete(space);
  }

  /** Call it when messages may have been missed. */
  clear(): void {
    this.#spaces.clear();
    this.#objects.clear();
  }

  /** False while announcements may be missed. */
  #isLive(): boolean {
    if (this.#isSubscribed) return this.#deps.subscriptions.isOpen(ALL_GATEWAYS);
    this.start();
    return false;
  }

  #subscribe(): Subscription {
    const subscription = this.#deps.subscriptions.retain(ALL_GATEWAYS);
    subscription.subscribed.then(
      () => {
        this.#isSubscribed = true;
      },
      () => {
        // The next read tries again.
        subscription.release();
        this.#subscription = null;
      },
    );
    return subscription;
  }

  #current(space: string): SpaceEntry | null {
    const entry = this.#spaces.get(space);
    if (!entry || !this.#isLive()) return null;
    const age = this.#deps.monotonicNow() - entry.since;
    if (age >= MAX_DISPLAY_AGE_MS) return null;
    if (age >= REFRESH_AFTER_MS && entry.hasDisplays === false) this.#refresh(space, entry);
    return entry;
  }

  #open(space: string): SpaceEntry {
    const entry = this.#newEntry();
    this.#spaces.set(space, entry);
    return entry;
  }

  #newEntry(): SpaceEntry {
    this.#lastId += 1;
    const since = this.#deps.monotonicNow();
    return { id: this.#lastId, since, hasDisplays: null, reading: null, isRefreshing: false };
  }

  /** Concurrent callers share the query. */
  async #read(space: string, entry: SpaceEntry): Promise<void> {
    if (entry.hasDisplays !== null) return;
    entry.reading ??= this.#hasDisplays(space)
      .then((hasDisplays) => {
        entry.hasDisplays = hasDisplays;
      })
      .finally(() => {
        entry.reading = null;
      });
    await entry.reading;
  }

  /** @throws ReadTimeoutError */
  async #hasDisplays(space: string): Promise<boolean> {
    const signal = AbortSignal.timeout(READ_TIMEOUT_MS);
    try {
      return await this.#deps.spaces.reader(space, signal).objects.hasDisplays();
    } catch (error) {
      throw signal.aborted ? new ReadTimeoutError() : error;
    }
  }

  #refresh(space: string, entry: SpaceEntry): void {
    if (entry.isRefreshing) return;
    entry.isRefreshing = true;
    const next = this.#newEntry();
    this.#read(space, next)
      .then(() => {
        // Otherwise displays have changed meanwhile.
        if (this.#spaces.get(space) === entry) this.#spaces.set(space, next);
      })
      // The next use reads again.
      .catch(() => this.forget(space));
  }
}

const objectName = ({ id }: SpaceEntry, key: string): string => `${id} ${key}`;
