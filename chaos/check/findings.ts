/** Collects findings: counts by kind, and the first details of each kind. */
export type FindingKind =
  | 'lost'
  | 'doubled'
  | 'actions'
  | 'items'
  | 'counts'
  | 'unread flags'
  | 'states'
  | 'clients'
  | 'pauses'
  | 'crashes'
  | 'unexpected';

export const FINDING_KINDS: readonly FindingKind[] = [
  'lost',
  'doubled',
  'actions',
  'items',
  'counts',
  'unread flags',
  'states',
  'clients',
  'pauses',
  'crashes',
  'unexpected',
];

const MAX_SHOWN = 12;

export class Findings {
  readonly #counts = new Map<FindingKind, number>();
  readonly #details: string[] = [];
  #hidden = 0;

  add(kind: FindingKind, detail: string): void {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    if (count <= MAX_SHOWN) this.#details.push(`${kind}: ${detail}`);
    else this.#hidden += 1;
  }

  count(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  get isClean(): boolean {
    return this.#counts.size === 0;
  }

  details(): string[] {
    return this.#hidden === 0 ? this.#details : [...this.#details, `… and ${this.#hidden} more`];
  }
}
