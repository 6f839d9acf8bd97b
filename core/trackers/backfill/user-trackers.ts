/**
 * The trackers of the user of a backfill. A long history has far more objects than the user has trackers, so all of these are
 * read, once for many chunks.
 *
 * A chunk is written under the read position of its trackers. If they changed after it, the writer revalidates the items of the
 * chunk (decision 15), and the next chunk reads them again.
 */
import { type Coverage, loadUserCoverage } from '../../feed/write/coverage.ts';
import type { Position } from '../../model/units.ts';
import type { FeedDeps } from '../../ports/deps.ts';
import { type Invalidated, userInvalidation } from '../../ports/invalidations.ts';
import type { SpaceContext } from '../../ports/stores.ts';

/** Chunks per read. The writer queries what was invalidated since the read, and in a busy space that grows. */
const MAX_CHUNKS = 20;

interface TrackerRead {
  coverage: Coverage;
  /** A position from before the trackers were read. */
  readPosition: Position;
}

export class UserTrackers {
  readonly #deps: FeedDeps;
  readonly #context: SpaceContext;
  readonly #user: string;
  #last: TrackerRead | null = null;
  #chunks = 0;

  constructor(deps: FeedDeps, context: SpaceContext, user: string) {
    this.#deps = deps;
    this.#context = context;
    this.#user = user;
  }

  /** Call it before the actions of the next chunk are read. `invalidated`: as of the writer of the chunks. */
  async forNextChunk(invalidated: Invalidated | null | undefined): Promise<TrackerRead> {
    if (!this.#last || this.#chunks >= MAX_CHUNKS || this.#isStale(this.#last, invalidated)) {
      const readPosition = await this.#deps.clock.now(this.#context.space);
      this.#last = { readPosition, coverage: await loadUserCoverage(this.#deps, this.#context, this.#user) };
      this.#chunks = 0;
    }
    this.#chunks += 1;
    return this.#last;
  }

  #isStale({ readPosition }: TrackerRead, invalidated: Invalidated | null | undefined): boolean {
    if (!invalidated) return invalidated === null;
    const until = invalidated.get(userInvalidation(this.#user));
    return until !== undefined && until >= readPosition;
  }
}
