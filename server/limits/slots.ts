/**
 * How many calls of one name run at once. A call **waits** in the order of arrival, then is **at work** until it releases its
 * slot; one that is aborted while it waits leaves the line. What waits is bounded by number and by bytes.
 */
import { type HubError, rateLimited } from '../../core/errors.ts';

export interface SlotBounds {
  atWork: number;
  waiting: number;
  /** Bytes of the calls that wait. */
  bytes: number;
}

export interface Waiting {
  bytes: number;
  signal: AbortSignal;
}

/** Gives the slot back; later calls change nothing. */
export type Release = () => void;

interface Waiter extends Waiting {
  start: (release: Release) => void;
}

interface Line {
  atWork: number;
  bytes: number;
  waiters: Set<Waiter>;
}

/** A full line empties within seconds; nobody knows how fast. */
const RETRY_MS = 1_000;

export class Slots<Name> {
  readonly #bounds: SlotBounds;
  readonly #lines = new Map<Name, Line>();

  constructor(bounds: SlotBounds) {
    this.#bounds = bounds;
  }

  /** @throws HubError rate_limited where too much waits; the signal's reason where the caller left first */
  async enter(name: Name, waiting: Waiting): Promise<Release> {
    waiting.signal.throwIfAborted();
    const line = this.#lines.get(name) ?? { atWork: 0, bytes: 0, waiters: new Set() };
    this.#lines.set(name, line);
    if (line.atWork < this.#bounds.atWork) return this.#start(name, line);
    const isFull =
      line.waiters.size >= this.#bounds.waiting || line.bytes + waiting.bytes > this.#bounds.bytes;
    if (isFull) throw refusal();
    return this.#wait(line, waiting);
  }

  #wait(line: Line, { bytes, signal }: Waiting): Promise<Release> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        line.waiters.delete(waiter);
        line.bytes -= bytes;
        signal.removeEventListener('abort', abandon);
      };
      const abandon = () => {
        leave();
        reject(signal.reason);
      };
      const start = (release: Release) => {
        leave();
        resolve(release);
      };
      const waiter: Waiter = { bytes, signal, start };
      line.waiters.add(waiter);
      line.bytes += bytes;
      signal.addEventListener('abort', abandon);
    });
  }

  #start(name: Name, line: Line): Release {
    line.atWork += 1;
    let isReleased = false;
    return () => {
      if (isReleased) return;
      isReleased = true;
      line.atWork -= 1;
      const [next] = line.waiters;
      if (next) next.start(this.#start(name, line));
      else if (line.atWork === 0) this.#lines.delete(name);
    };
  }
}

const refusal = (): HubError => rateLimited('too many calls of this client are waiting', RETRY_MS);
