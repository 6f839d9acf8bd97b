/** Counts what arrived, so that a figure with missing or doubled results fails the run. */
export class Tally {
  readonly #expected: number;
  readonly #what: string;
  readonly #seen = new Set<string>();
  #doubled = 0;

  /** `what` names the counted things, such as `receipts`. */
  constructor(what: string, expected: number) {
    this.#what = what;
    this.#expected = expected;
  }

  add(id: string): void {
    if (this.#seen.has(id)) this.#doubled += 1;
    else this.#seen.add(id);
  }

  get isComplete(): boolean {
    return this.#seen.size >= this.#expected;
  }

  /** Undefined if everything arrived once. */
  get fault(): string | undefined {
    return faultOf(this.#what, this.#expected, { distinct: this.#seen.size, doubled: this.#doubled });
  }
}

/** Returns what is missing, unexpected or doubled. Undefined if nothing is. */
export function faultOf(
  what: string,
  expected: number,
  { distinct, doubled = 0 }: { distinct: number; doubled?: number },
): string | undefined {
  const faults = [
    distinct < expected && `${expected - distinct} of ${expected} ${what} missing`,
    distinct > expected && `${distinct - expected} ${what} too many`,
    doubled > 0 && `${doubled} ${what} doubled`,
  ].filter((fault) => fault !== false);
  return faults.length === 0 ? undefined : faults.join(', ');
}

/** Joins the faults of several rounds. */
export const joinFaults = (...faults: ReadonlyArray<string | undefined>): string | undefined => {
  const found = [...new Set(faults.filter((fault) => fault !== undefined))];
  return found.length === 0 ? undefined : found.join('; ');
};
