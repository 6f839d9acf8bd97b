/** What is wrong, by kind: how much of it, and enough of it to look into. */
export type Wrong =
  | 'lost'
  | 'doubled'
  | 'actions'
  | 'items'
  | 'counts'
  | 'unread flags'
  | 'clients'
  | 'pauses'
  | 'crashes'
  | 'unexpected';

export const WRONGS: readonly Wrong[] = [
  'lost',
  'doubled',
  'actions',
  'items',
  'counts',
  'unread flags',
  'clients',
  'pauses',
  'crashes',
  'unexpected',
];

const MAX_SHOWN = 12;

export class Findings {
  readonly #counts = new Map<Wrong, number>();
  readonly #details: string[] = [];
  #hidden = 0;

  add(wrong: Wrong, detail: string): void {
    const count = (this.#counts.get(wrong) ?? 0) + 1;
    this.#counts.set(wrong, count);
    if (count <= MAX_SHOWN) this.#details.push(`${wrong}: ${detail}`);
    else this.#hidden += 1;
  }

  count(wrong: Wrong): number {
    return this.#counts.get(wrong) ?? 0;
  }

  get isClean(): boolean {
    return this.#counts.size === 0;
  }

  details(): string[] {
    return this.#hidden === 0 ? this.#details : [...this.#details, `… and ${this.#hidden} more`];
  }
}
