/**
 * Calls back when the tokens of sockets expire. A timer takes much more memory than an entry of a set. So a socket is in the set of
 * the minute in which its token expires, and gets a timer when that minute begins.
 */
import type { HubSocket } from './types.ts';

const MINUTE_MS = 60_000;
/** Timers of Node.js may fire a moment early. */
const TOLERANCE_MS = 1_000;

/** The minute of a time, since 1970. */
const minuteOf = (at: number): number => Math.floor(at / MINUTE_MS);

export class TokenExpiry {
  readonly #onExpired: (socket: HubSocket) => void;
  readonly #byMinute = new Map<number, Set<HubSocket>>();
  /** Of sockets whose tokens expire within about a minute. */
  readonly #timers = new Map<HubSocket, NodeJS.Timeout>();
  #nextMinute: NodeJS.Timeout | null = null;

  constructor(onExpired: (socket: HubSocket) => void) {
    this.#onExpired = onExpired;
  }

  /** Call this when the socket has connected or its token was renewed. */
  add(socket: HubSocket): void {
    const minute = minuteOf(socket.data.principal.expiresAt);
    if (minute <= minuteOf(Date.now() + TOLERANCE_MS)) {
      this.#startTimer(socket);
      return;
    }
    this.#byMinute.set(minute, (this.#byMinute.get(minute) ?? new Set()).add(socket));
    this.#schedule();
  }

  /** Call this before the token is replaced, and when the socket has closed. */
  delete(socket: HubSocket): void {
    clearTimeout(this.#timers.get(socket));
    this.#timers.delete(socket);
    const minute = minuteOf(socket.data.principal.expiresAt);
    const sockets = this.#byMinute.get(minute);
    sockets?.delete(socket);
    if (sockets?.size === 0) this.#byMinute.delete(minute);
    if (this.#byMinute.size > 0) return;
    clearTimeout(this.#nextMinute ?? undefined);
    this.#nextMinute = null;
  }

  #startTimer(socket: HubSocket): void {
    const fire = () => {
      this.#timers.delete(socket);
      this.#onExpired(socket);
    };
    const remainingMs = socket.data.principal.expiresAt - Date.now();
    this.#timers.set(socket, setTimeout(fire, Math.max(0, remainingMs)));
  }

  #schedule(): void {
    this.#nextMinute ??= setTimeout(() => this.#beginMinute(), MINUTE_MS - (Date.now() % MINUTE_MS));
  }

  #beginMinute(): void {
    this.#nextMinute = null;
    const current = minuteOf(Date.now() + TOLERANCE_MS);
    for (const [minute, sockets] of this.#byMinute) {
      if (minute > current) continue;
      this.#byMinute.delete(minute);
      for (const socket of sockets) this.#startTimer(socket);
    }
    if (this.#byMinute.size > 0) this.#schedule();
  }
}
