/**
 * Pushes counts to connected users whose feeds changed. Counts are queried, not stored (decision 6). Changes are debounced:
 * the pusher is **idle**, then **scheduled** from the first change, then **counting**. Changes during a count wait for the
 * next one, so a burst of pushes causes one query.
 */
import { formatPosition } from '../../core/model/positions.ts';
import { FIRST_POSITION, later, type Position } from '../../core/model/units.ts';
import type { Spaces } from '../../core/ports/stores.ts';
import { batchesOf } from '../../infra/batches.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { type EncodedEvent, encodeEvent } from '../sockets/encoded-event.ts';
import { type HubServer, roomOf } from '../sockets/types.ts';
import type { Recipients } from './recipients.ts';

/** Items that arrive within this time are counted together. The items themselves are pushed at once. */
const DEBOUNCE_MS = 50;
const RETRY_MS = 1_000;
/** Users in one query, and concurrent queries: one is read while another is pushed. */
const BATCH_SIZE = 200;
const CONCURRENCY = 2;

interface CountsDeps {
  io: HubServer;
  recipients: Recipients;
  spaces: Spaces;
  metrics: Metrics;
  log: Logger;
}

export class CountsPusher {
  readonly #deps: CountsDeps;
  /** The latest changed position, by space and user. */
  #pending = new Map<string, Map<string, Position>>();
  /** When the first of them changed. */
  #pendingSince = 0;
  /** The latest position pushed with counts, by room. Clients would discard later counts with an earlier position. */
  readonly #pushed = new Map<string, Position>();
  #timer: NodeJS.Timeout | null = null;
  #counting: Promise<void> | null = null;
  #closed = false;

  constructor(deps: CountsDeps) {
    this.#deps = deps;
    deps.io.of('/').adapter.on('delete-room', (room: string) => this.#pushed.delete(room));
  }

  push(space: string, user: string, position: Position): void {
    this.#addPending(space, user, position);
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer ?? undefined);
    await this.#counting;
  }

  #schedule(): void {
    if (this.#closed || this.#timer || this.#counting || this.#pending.size === 0) return;
    // Those that changed during a count have waited already.
    const waitedMs = performance.now() - this.#pendingSince;
    this.#timer = setTimeout(() => this.#begin(), Math.max(0, DEBOUNCE_MS - waitedMs));
  }

  #begin(): void {
    this.#timer = null;
    const pending = this.#pending;
    this.#pending = new Map();
    this.#counting = this.#count(pending).then((ok) => {
      this.#counting = null;
      if (ok || this.#closed) return this.#schedule();
      for (const [space, users] of pending)
        for (const [user, position] of users) this.#addPending(space, user, position);
      this.#timer = setTimeout(() => this.#begin(), RETRY_MS);
    });
  }

  #addPending(space: string, user: string, position: Position): void {
    if (this.#pending.size === 0) this.#pendingSince = performance.now();
    const users = this.#pending.get(space) ?? new Map<string, Position>();
    this.#pending.set(space, users.set(user, later(users.get(user) ?? FIRST_POSITION, position)));
  }

  async #count(pending: ReadonlyMap<string, ReadonlyMap<string, Position>>): Promise<boolean> {
    try {
      for (const [space, users] of pending) {
        const connected = [...users].filter(([user]) => this.#deps.recipients.isConnected(space, user));
        const batches = batchesOf(connected, BATCH_SIZE);
        const countNext = async () => {
          for (const batch of batches) await this.#countBatch(space, batch);
        };
        const results = await Promise.allSettled(Array.from({ length: CONCURRENCY }, countNext));
        // Only now: a retry must not overlap with the other query, whose counts are older.
        for (const result of results) if (result.status === 'rejected') throw result.reason;
      }
      return true;
    } catch (error) {
      this.#deps.log.warn({ err: error }, 'retrying counts');
      return false;
    }
  }

  async #countBatch(space: string, users: ReadonlyArray<[string, Position]>): Promise<void> {
    this.#deps.metrics.countsQueried();
    const counts = await this.#deps.spaces.reader(space).feeds.countsByUser(users.map(([user]) => user));
    // After a large fan-out, most users have one of few counts and the same position.
    const encodedPushes = new Map<string, EncodedEvent>();
    for (const [user, changedPosition] of users) {
      const found = counts.get(user);
      if (!found) continue;
      const room = roomOf(space, user);
      const position = later(changedPosition, this.#pushed.get(room) ?? FIRST_POSITION);
      const content = [found.unread, found.unseen, found.capped, position].join();
      const encoded =
        encodedPushes.get(content) ??
        encodeEvent('feed:counts', { ...found, position: formatPosition(position) });
      encodedPushes.set(content, encoded);
      if (this.#deps.recipients.push(space, user, 'feed:counts', () => encoded))
        this.#pushed.set(room, position);
    }
  }
}
