/** The counters of a run. */
export class Tally {
  accepted = 0;
  /** Attempts without a response; they are retried. */
  unanswered = 0;
  /** By code. */
  readonly refused = new Map<string, number>();
  /** Items that were archived, snoozed or returned, by kind. */
  readonly moves = new Map<string, number>();
  /** By kind. */
  readonly faults = new Map<string, number>();
  /** Responses that no fault explains, and other problems outside the hub's data. */
  readonly unexpected: string[] = [];

  countRefusal(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  countMoves(kind: string, items: number): void {
    this.moves.set(kind, (this.moves.get(kind) ?? 0) + items);
  }

  countFault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }
}

export const formatCounts = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
