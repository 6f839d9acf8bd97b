/**
 * Pushes counts to connected users whose feeds changed: counted, not kept (decision 6). States: **idle**; **due**,
 * from the first change until the count begins; **counting**, when further changes wait for the next count. So
 * pushes that arrive together are counted once.
 */
import type { Spaces } from '../../core/ports/stores.ts';
import { formatPosition } from '../../core/positions.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { type HubServer, roomOf } from '../sockets/types.ts';
import type { Readers } from './readers.ts';

/** Changes this close together are counted once. */
const TOGETHER_MS = 5;
const AGAIN_MS = 1_000;
/** Users counted in one query. */
const TOGETHER = 1_000;

export class CountsPusher {
  readonly #readers: Readers;
  readonly #spaces: Spaces;
  readonly #metrics: Metrics;
  readonly #log: Logger;
  /** By space and user the latest position that changed. */
  #changed = new Map<string, Map<string, number>>();
  /**
   * By room the latest position that was pushed with counts. What is counted later is never pushed with an earlier one, though
   * a change with an earlier position may be told of later: clients would take the counts for older than they are.
   */
  readonly #pushed = new Map<string, number>();
  #due: NodeJS.Timeout | null = null;
  #counting: Promise<void> | null = null;
  #closed = false;

  constructor(io: HubServer, readers: Readers, spaces: Spaces, metrics: Metrics, log: Logger) {
    this.#readers = readers;
    this.#spaces = spaces;
    this.#metrics = metrics;
    this.#log = log;
    io.of('/').adapter.on('delete-room', (room: string) => this.#pushed.delete(room));
  }

  push(space: string, user: string, pos: number): void {
    this.#owe(space, user, pos);
    this.#schedule();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#due ?? undefined);
    await this.#counting;
  }

  #schedule(): void {
    if (this.#closed || this.#due || this.#counting || this.#changed.size === 0) return;
    this.#due = setTimeout(() => this.#begin(), TOGETHER_MS);
  }

  #begin(): void {
    this.#due = null;
    const changed = this.#changed;
    this.#changed = new Map();
    this.#counting = this.#count(changed).then((ok) => {
      this.#counting = null;
      if (ok || this.#closed) return this.#schedule();
      // Still owed; the database may be back in a moment.
      for (const [space, users] of changed) for (const [user, pos] of users) this.#owe(space, user, pos);
      this.#due = setTimeout(() => this.#begin(), AGAIN_MS);
    });
  }

  #owe(space: string, user: string, pos: number): void {
    const users = this.#changed.get(space) ?? new Map<string, number>();
    this.#changed.set(space, users.set(user, Math.max(users.get(user) ?? 0, pos)));
  }

  async #count(changed: ReadonlyMap<string, ReadonlyMap<string, number>>): Promise<boolean> {
    try {
      for (const [space, users] of changed) {
        const here = [...users].filter(([user]) => this.#readers.isIn(roomOf(space, user)));
        for (let start = 0; start < here.length; start += TOGETHER) {
          await this.#countSome(space, here.slice(start, start + TOGETHER));
        }
      }
      return true;
    } catch (error) {
      this.#log.warn({ err: error }, 'counts could not be pushed; trying again');
      return false;
    }
  }

  async #countSome(space: string, users: ReadonlyArray<[string, number]>): Promise<void> {
    this.#metrics.countsQueried();
    const counts = await this.#spaces.reader(space).feeds.countsOf(users.map(([user]) => user));
    for (const [user, pos] of users) {
      const found = counts.get(user);
      if (!found) continue;
      const room = roomOf(space, user);
      const position = Math.max(pos, this.#pushed.get(room) ?? 0);
      if (this.#readers.isIn(room)) this.#pushed.set(room, position);
      const push = { ...found, position: formatPosition(position) };
      for (const socket of this.#readers.of(room)) socket.emit('feed:counts', push);
    }
  }
}
