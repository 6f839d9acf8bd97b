/**
 * Delivers to the connected followers of a large audience first (decision 54). A job reads trackers in order of key and user.
 * When it has read many, it asks the gateways who is connected. Before the next page, it reads the trackers of these users:
 *
 *     pages        ada … bea         │        │ ben … cid │ …
 *     connected                      │ ed, zoe│
 *     requests     after the first page, and again after four times as many trackers
 *
 * This changes only the order in which trackers are read. A page leaves out the trackers that were delivered before it. If the
 * hint is wrong or missing, followers get their items in the order of the pages.
 */
import type { TrackerMatch } from '../model/entities.ts';
import { trackerId } from '../model/keys.ts';
import type { ConnectedUsers } from '../ports/connected-users.ts';
import type { FanOutTask } from '../ports/queue.ts';
import type { SpaceContext } from '../ports/stores.ts';
import { defaultBounds, type FanOutBounds } from './batch.ts';

/** The job asks again when it has read this many times as many trackers: others may be connected by then. */
const GROWTH = 4;
/** Users of one gateway in one reply. A longer reply would delay its first users. */
const MAX_USERS = 20_000;
/** Trackers per query. */
const BATCH_SIZE = 1_000;

interface Options {
  /** The keys of the job, in its order. */
  keys: readonly string[];
  resumeFrom: FanOutTask['checkpoint'];
}

export class ConnectedFirst {
  readonly #connectedUsers: ConnectedUsers;
  readonly #context: SpaceContext;
  readonly #keys: readonly string[];
  readonly #chunkSize: number;
  /** Trackers read in pages so far, and their number at the next request. */
  #read = 0;
  #nextRequest: number;
  /** Connected users, from the request to the lookups. */
  #connected: Promise<readonly string[]> | null = null;
  /** The end of the last page. Trackers up to there were delivered. */
  #passed: FanOutTask['checkpoint'];
  /** Users whose trackers were looked up. */
  readonly #lookedUp = new Set<string>();
  /** Ids of trackers that were delivered before their pages. No more than the lookups, which `#read` limits. */
  readonly #delivered = new Set<string>();

  constructor(
    { connectedUsers, bounds = defaultBounds }: { connectedUsers: ConnectedUsers; bounds?: FanOutBounds },
    context: SpaceContext,
    { keys, resumeFrom }: Options,
  ) {
    this.#connectedUsers = connectedUsers;
    this.#context = context;
    this.#keys = keys;
    this.#chunkSize = bounds.chunkSize;
    this.#nextRequest = bounds.connectedFirst;
    this.#passed = resumeFrom;
  }

  /** Counts a page that is about to be delivered. Returns true if connected followers come before it. */
  isDue(page: readonly TrackerMatch[]): boolean {
    this.#read += page.length;
    // After a shorter page, the key has no further trackers.
    if (page.length < this.#chunkSize) return false;
    const isDue = this.#connected !== null;
    if (this.#read >= this.#nextRequest) this.#request();
    return isDue;
  }

  /** The gateways reply while this page is delivered. */
  #request(): void {
    this.#nextRequest = this.#read * GROWTH;
    this.#connected ??= this.#connectedUsers
      .find(this.#context.space, Math.min(MAX_USERS, this.#maxLookups))
      .catch(() => []);
  }

  /** One query always pays. More lookups cost at most a share of what the job has read. */
  get #maxLookups(): number {
    return Math.max(BATCH_SIZE, this.#read);
  }

  /** Streams the trackers of connected users, from this key on. All trackers of a user are in one chunk. */
  async *trackersFrom(key: string): AsyncGenerator<TrackerMatch[]> {
    const connected = (await this.#connected) ?? [];
    this.#connected = null;
    const keys = this.#keys.filter((each) => each >= key);
    const users = [...new Set(connected)]
      .filter((user) => !this.#lookedUp.has(user))
      .slice(0, Math.floor(this.#maxLookups / keys.length));
    const usersPerQuery = Math.max(1, Math.floor(BATCH_SIZE / keys.length));
    for (let start = 0; start < users.length; start += usersPerQuery) {
      const batch = users.slice(start, start + usersPerQuery);
      for (const user of batch) this.#lookedUp.add(user);
      const ids = batch.flatMap((user) =>
        keys.flatMap((each) => (this.#isPassed(each, user) ? [] : trackerId(user, each))),
      );
      const trackers = await this.#context.stores.trackers.byIds(ids);
      for (const tracker of trackers) this.#delivered.add(trackerId(tracker.user, tracker.key));
      if (trackers.length > 0) yield trackers;
    }
  }

  /** Returns the trackers of a page that were not delivered yet. Call it for every page, in order. */
  remaining(page: readonly TrackerMatch[]): readonly TrackerMatch[] {
    const last = page.at(-1);
    if (last) this.#passed = { key: last.key, user: last.user };
    if (this.#delivered.size === 0) return page;
    // Most users were not looked up, so their ids need not be built.
    return page.filter(
      ({ user, key }) => !(this.#lookedUp.has(user) && this.#delivered.has(trackerId(user, key))),
    );
  }

  /** The database may order users differently. Then a tracker is delivered twice, which changes nothing, or in its page. */
  #isPassed(key: string, user: string): boolean {
    return key === this.#passed.key && this.#passed.user !== null && user <= this.#passed.user;
  }
}
