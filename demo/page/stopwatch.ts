/** Measures the latency from a click to another user's inbox. Pure: times are passed in, in milliseconds. */

const maxEntries = 200;

/**
 * Send and arrival can be recorded in any order: an item may arrive before the response that contains the action's id.
 */
export class Stopwatch {
  readonly #sent = new Map<string, number>();
  readonly #arrived = new Map<string, number>();

  /** Records the send time. Returns the latency in milliseconds if the action has arrived already. */
  sent(action: string, at: number): number | undefined {
    return recordTime(action, at, this.#sent, this.#arrived.get(action), (arrivedAt) => arrivedAt - at);
  }

  /** Records the arrival time. Returns the latency in milliseconds if the send time is known. */
  arrived(action: string, at: number): number | undefined {
    return recordTime(action, at, this.#arrived, this.#sent.get(action), (sentAt) => at - sentAt);
  }
}

/** Only the first time counts: an item that changes later was not sent again. */
function recordTime(
  action: string,
  at: number,
  times: Map<string, number>,
  otherTime: number | undefined,
  elapsedSince: (time: number) => number,
): number | undefined {
  if (times.has(action)) return undefined;
  times.set(action, at);
  for (const oldest of times.keys()) {
    if (times.size <= maxEntries) break;
    times.delete(oldest);
  }
  return otherTime === undefined ? undefined : Math.max(0, elapsedSince(otherTime));
}
