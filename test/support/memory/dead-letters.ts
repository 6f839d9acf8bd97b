import type { DeadLetter, DeadLetterState, DeadLetterStore } from '../../../core/ports/dead-letters.ts';

export class MemoryDeadLetters implements DeadLetterStore {
  readonly #letters = new Map<string, DeadLetter>();
  readonly #retried = new Map<string, string[]>();

  async put(letter: DeadLetter): Promise<[]> {
    this.#letters.set(letter.id, letter);
    this.#retried.delete(letter.id);
    return [];
  }

  async get(id: string): Promise<DeadLetterState> {
    const ids = this.#retried.get(id);
    if (ids) return { kind: 'retried', ids };
    const letter = this.#letters.get(id);
    return letter ? { kind: 'dead', letter } : null;
  }

  async find({ after, limit }: Parameters<DeadLetterStore['find']>[0]): Promise<DeadLetter[]> {
    const isOlder = ({ at, id }: DeadLetter) =>
      !after || at < after.time || (at === after.time && id < after.id);
    return [...this.#letters.values()]
      .filter(isOlder)
      .sort((left, right) => right.at - left.at || (right.id < left.id ? -1 : 1))
      .slice(0, limit);
  }

  async markRetried({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<void> {
    const letter = this.#letters.get(id);
    if (letter?.entry !== entry) return;
    this.#letters.delete(id);
    this.#retried.set(id, letter.ids);
  }

  async remove({ id, entry }: Pick<DeadLetter, 'id' | 'entry'>): Promise<boolean> {
    return this.#letters.get(id)?.entry === entry && this.#letters.delete(id);
  }
}
