/** What the run counts as it goes. */
export class Tally {
  accepted = 0;
  /** Calls whose answer never came; they are repeated until one does. */
  unanswered = 0;
  /** By code. */
  readonly refused = new Map<string, number>();
  /** By kind. */
  readonly faults = new Map<string, number>();
  /** Answers that no fault explains, and what else went wrong outside the hub's data. */
  readonly unexpected: string[] = [];

  refuse(code: string): void {
    this.refused.set(code, (this.refused.get(code) ?? 0) + 1);
  }

  fault(kind: string): void {
    this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1);
  }
}

export const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([name, count]) => `${name} ${count}`)
    .join(', ') || 'none';
