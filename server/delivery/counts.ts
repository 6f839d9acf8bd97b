/**
 * Pushes counts to connected users whose feeds changed. Counts are queried, not stored (decision 6). Changes are debounced:
 * the pusher is **idle**, then **scheduled** from the first change, then **counting**. Changes during a count wait for the
 * next one, so a burst of pushes causes one query.
 */
import { formatPosition } from '../../core/model/positions.ts';
import type { Spaces } from '../../core/ports/stores.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { type HubServer, roomOf } from '../sockets/types.ts';
import type { Recipients } from './recipients.ts';

/** Changes within this interval are counted once. */
const DEBOUNCE_MS = 5;
const RETRY_MS = 1_000;
/** Users in one query. */
const BATCH_SIZE = 1_000;

export class CountsPusher {
  readonly #recipients: Recipients;
  readonly #spaces: Spaces;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  /** The latest changed position, by space and user. */
  #pending = new Map<string, Map<string, number>>();
  /**
   * The latest position that was pushed with counts, by room. Messages may arrive out of order. Later counts never get an earlier
   * position, because clients would discard them as outdated.
   */
  readonly #pushed = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;
  #counting: Promise<void> | null = null;
  #closed = false;

  constructor(io: HubServer, recipients: Recipients, spaces: Spaces, metrics: Metrics, log: Logger) {
    this.#recipients = recipients;
    this.#spaces = spaces;
    this.#metrics = metrics;
    this.#log = log;
    io.of('/').adapter.on('delete-room', (room: string) => this.#pushed.delete(room));
  }

  push(space: string, user: string, position: number): void {
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
    this.#timer = setTimeout(() => this.#begin(), DEBOUNCE_MS);
  }

  #begin(): void {
    this.#timer = null;
    const pending = this.#pending;
    this.#pending = new Map();
    this.#counting = this.#count(pending).then((ok) => {
      this.#counting = null;
      if (ok || this.#closed) return this.#schedule();
      // Retries, because the database may be available again soon.
      for (const [space, users] of pending)
        for (const [user, position] of users) this.#addPending(space, user, position);
      this.#timer = setTimeout(() => this.#begin(), RETRY_MS);
    });
  }

  #addPending(space: string, user: string, position: number): void {
    const users = this.#pending.get(space) ?? new Map<string, number>();
    this.#pending.set(space, users.set(user, Math.max(users.get(user) ?? 0, position)));
  }

  async #count(pending: ReadonlyMap<string, ReadonlyMap<string, number>>): Promise<boolean> {
    try {
      for (const [space, users] of pending) {
        const connected = [...users].filter(([user]) => this.#recipients.hasSockets(roomOf(space, user)));
        for (let start = 0; start < connected.length; start += BATCH_SIZE) {
          await this.#countBatch(space, connected.slice(start, start + BATCH_SIZE));
        }
      }
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'retrying counts');
      return false;
    }
  }

  async #countBatch(space: string, users: ReadonlyArray<[string, number]>): Promise<void> {
    this.#metrics.countsQueried();
    const counts = await this.#spaces.reader(space).feeds.countsByUser(users.map(([user]) => user));
    for (const [user, changedPosition] of users) {
      const found = counts.get(user);
      if (!found) continue;
      const room = roomOf(space, user);
      const position = Math.max(changedPosition, this.#pushed.get(room) ?? 0);
      if (this.#recipients.hasSockets(room)) this.#pushed.set(room, position);
      const push = { ...found, position: formatPosition(position) };
      for (const socket of this.#recipients.socketsIn(room)) socket.emit('feed:counts', push);
    }
  }
}
