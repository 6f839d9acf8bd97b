/** How long it takes from a press to somebody else's inbox. Pure: times are passed in, in milliseconds. */

const mostKept = 200;

/** What was sent and what arrived come in any order: an arrival may overtake the answer that names what was sent. */
export class Stopwatch {
  readonly #sent = new Map<string, number>();
  readonly #arrived = new Map<string, number>();

  /** Answers the milliseconds, where it has arrived already. */
  sent(action: string, at: number): number | undefined {
    return meet(action, at, this.#sent, this.#arrived.get(action), (arrived) => arrived - at);
  }

  /** Answers the milliseconds, where it is known when it was sent. */
  arrived(action: string, at: number): number | undefined {
    return meet(action, at, this.#arrived, this.#sent.get(action), (sent) => at - sent);
  }
}

/** Only the first time counts: an entry that changes later was not sent anew. */
function meet(
  action: string,
  at: number,
  own: Map<string, number>,
  other: number | undefined,
  between: (other: number) => number,
): number | undefined {
  if (own.has(action)) return undefined;
  own.set(action, at);
  for (const oldest of own.keys()) {
    if (own.size <= mostKept) break;
    own.delete(oldest);
  }
  return other === undefined ? undefined : Math.max(0, between(other));
}
