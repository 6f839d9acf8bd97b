/**
 * What this process read recently about keys: their trackers, and whether their objects were deleted. So a hot object is not
 * read for every action.
 *
 * A read has a position from before it was made. It is current as long as its name was not invalidated since that position
 * (decision 15). `isStale` decides that, with the invalidations since the oldest position of the reads in use.
 */
import { LRUCache } from 'lru-cache';
import type { DeletedObject, TrackerMatch } from '../model/entities.ts';
import { later, type Position } from '../model/units.ts';
import { type Invalidated, objectInvalidation, trackersInvalidation } from '../ports/invalidations.ts';

/**
 * However often a read is used. If Redis lost its last second and with it an invalidation, a new follower misses actions for no
 * longer than this.
 */
const MAX_AGE_MS = 5_000;
/** In all spaces. An object without trackers counts as one. */
const MAX_TRACKERS = 50_000;
const MAX_OBJECTS = 20_000;
/** Characters of a deleted object that count as one object. */
const OBJECT_UNIT = 500;

interface RecentRead<T> {
  key: string;
  value: T;
  /** The value was current at this position. */
  position: Position;
}

interface KeyCacheOptions<T> {
  maxSize: number;
  sizeOf(value: T): number;
  /** What invalidates a key. */
  nameOf(key: string): string;
  /** The value of a key of which nothing is stored. */
  none: T;
}

/** Reads what is stored about these keys. `known`: values that need not be read. Returns null if it is too much. */
type Load<T> = (keys: readonly string[], known: readonly T[]) => Promise<ReadonlyMap<string, T> | null>;

class KeyCache<T> {
  readonly #options: KeyCacheOptions<T>;
  readonly #entries: LRUCache<string, RecentRead<T>>;
  /** How often it was cleared. */
  #generation = 0;

  constructor(options: KeyCacheOptions<T>) {
    this.#options = options;
    this.#entries = new LRUCache({
      maxSize: options.maxSize,
      sizeCalculation: ({ value }) => Math.max(1, options.sizeOf(value)),
      ttl: MAX_AGE_MS,
    });
  }

  /** Returns a read of each key. Loads those that are not known, after `position`. */
  async read(
    space: string,
    keys: readonly string[],
    position: Position,
    load: Load<T>,
  ): Promise<RecentRead<T>[] | null> {
    const generation = this.#generation;
    const known = keys.flatMap((key) => this.#entries.get(entryName(space, key)) ?? []);
    const knownKeys = new Set(known.map(({ key }) => key));
    const missing = keys.filter((key) => !knownKeys.has(key));
    const values = known.map(({ value }) => value);
    if (missing.length === 0) return known;
    const loaded = await load(missing, values);
    if (loaded === null) return null;
    const added = missing.map((key) => ({ key, value: loaded.get(key) ?? this.#options.none, position }));
    // Otherwise Redis may have lost invalidations meanwhile.
    if (generation === this.#generation)
      for (const read of added) this.#entries.set(entryName(space, read.key), read);
    return [...known, ...added];
  }

  /**
   * Returns true if one of these reads is not current. `invalidated`: all names since the oldest of the reads, as queried after
   * `position`. Forgets what is not current.
   */
  isStale(
    space: string,
    reads: readonly RecentRead<T>[],
    invalidated: Invalidated | null,
    position: Position,
  ): boolean {
    const stale = reads.filter((read) => {
      const until = invalidated?.get(this.#options.nameOf(read.key));
      return invalidated === null || (until !== undefined && until >= read.position);
    });
    const staleReads = new Set(stale);
    for (const read of reads) if (!staleReads.has(read)) read.position = later(read.position, position);
    for (const { key } of stale) this.#entries.delete(entryName(space, key));
    return stale.length > 0;
  }

  clear(): void {
    this.#generation += 1;
    this.#entries.clear();
  }
}

/** Space names contain no space character. */
const entryName = (space: string, key: string): string => `${space} ${key}`;

export class RecentReads {
  readonly trackers = new KeyCache<readonly TrackerMatch[]>({
    maxSize: MAX_TRACKERS,
    sizeOf: (trackers) => trackers.length,
    nameOf: trackersInvalidation,
    none: [],
  });
  readonly objects = new KeyCache<DeletedObject | null>({
    maxSize: MAX_OBJECTS,
    sizeOf: (object) => Math.ceil(JSON.stringify(object).length / OBJECT_UNIT),
    nameOf: objectInvalidation,
    none: null,
  });

  /** Call it when Redis may have lost invalidations. */
  clear(): void {
    this.trackers.clear();
    this.objects.clear();
  }
}
