/** The actions about one object, in memory, and the watches of it. */
import type { Action, WatchInput, WatchResponse } from '../../../protocol/entities.ts';

const formatted = (position: number): string => String(position).padStart(8, '0');

export class FakeWatches {
  readonly #actions = new Map<string, { action: Action; changed: number }>();
  /** The open watches. */
  readonly live = new Set<string>();
  #position = 1;
  #count = 0;
  /** A watch that starts at an earlier position gets a reset. */
  historyFrom = 0;

  put(action: Action): void {
    this.#position += 1;
    this.#actions.set(action.id, { action, changed: this.#position });
  }

  remove(ids: string[]): void {
    this.#position += 1;
    for (const id of ids) this.#actions.delete(id);
  }

  /** Newest first. */
  actions(): Action[] {
    return [...this.#actions.values()]
      .map(({ action }) => action)
      .sort((a, b) =>
        a.timestamp === b.timestamp ? (a.id < b.id ? 1 : -1) : a.timestamp < b.timestamp ? 1 : -1,
      );
  }

  start({ limit = 20, position }: WatchInput): WatchResponse {
    this.#count += 1;
    const watch = `watch-${this.#count}`;
    this.live.add(watch);
    const since = position === undefined ? null : Number(position);
    const isFresh = since === null || since < this.historyFrom;
    const items = isFresh
      ? this.actions().slice(0, limit)
      : this.actions().filter(({ id }) => (this.#actions.get(id)?.changed ?? 0) > since);
    return {
      watch,
      items,
      position: formatted(this.#position),
      ...(since !== null && isFresh && { reset: true }),
    };
  }

  stop({ watch }: { watch: string }): Record<string, never> {
    this.live.delete(watch);
    return {};
  }
}
