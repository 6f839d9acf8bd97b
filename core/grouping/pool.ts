/** What the actions of a drain may be grouped into: the actions of their own actor and verb, as merged so far. */
import { actorVerbKey, groupKeys } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { ActionPlace, ActionStore, Similar } from '../ports/stores.ts';
import { ArrivedPiece, type Piece, StoredPiece } from './piece.ts';

/** Stored actions asked for at once. */
const PAGE = 1_000;
/** Stored actions that one action is compared with, the newest; only a handler's own `group` can need more. */
const MOST_COMPARED = 5_000;

/** An action that is looking for what to join, and how far from it in time that may be: milliseconds. */
export interface Seeker {
  piece: ArrivedPiece;
  within: number;
}

export class Pool {
  readonly #store: ActionStore;
  readonly #handlers: Handlers;
  readonly #byId = new Map<string, Piece>();
  /** Newest first. */
  readonly #byActorVerb = new Map<string, Piece[]>();
  /** Ids of the drain: what of them another run stored is not taken for something older. */
  readonly #own: ReadonlySet<string>;
  /** Whether every stored action that a seeker can join was read. */
  #complete = true;

  constructor(store: ActionStore, handlers: Handlers, own: ReadonlySet<string>) {
    this.#store = store;
    this.#handlers = handlers;
    this.#own = own;
  }

  get(id: string): Piece | undefined {
    return this.#byId.get(id);
  }

  add(piece: Piece): void {
    if (this.#byId.has(piece.id)) return;
    this.#byId.set(piece.id, piece);
    const list = this.#like(piece);
    // What is added is mostly the newest.
    const place = list.findIndex((each) => isNewer(piece, each));
    list.splice(place < 0 ? list.length : place, 0, piece);
  }

  /** Reads what these may join; asks nothing where there are none. */
  async load(seekers: readonly Seeker[]): Promise<void> {
    if (seekers.length === 0) return;
    const found = await this.#store.similar({
      keys: this.#keysOf(seekers),
      from: Math.min(...seekers.map(({ piece, within }) => piece.content.timestamp - within)),
      to: Math.max(...seekers.map(({ piece, within }) => piece.content.timestamp + within)),
      limit: PAGE,
    });
    this.#complete = found.length < PAGE;
    // The newest of many may be far from most seekers: then each one looks for itself.
    if (!this.#complete) return;
    for (const action of found) if (!this.#own.has(action.id)) this.add(new StoredPiece(action));
  }

  /** What the seeker may join of what is here, newest first. */
  here({ piece, within }: Seeker): Piece[] {
    const { timestamp } = piece.content;
    return this.#like(piece).filter(
      (each) =>
        isOfEntry(each, piece) || (within > 0 && Math.abs(each.content.timestamp - timestamp) <= within),
    );
  }

  /** What else it may join, newest first, page by page, where there was too much to read it all at once. */
  async *elsewhere(seeker: Seeker): AsyncGenerator<StoredPiece[]> {
    if (this.#complete || seeker.within === 0) return;
    const { timestamp } = seeker.piece.content;
    let after: ActionPlace | null = null;
    for (let compared = 0; compared < MOST_COMPARED; compared += PAGE) {
      const found: StoredAction[] = await this.#store.similar({
        keys: this.#keysOf([seeker]),
        from: timestamp - seeker.within,
        to: timestamp + seeker.within,
        after,
        limit: PAGE,
      });
      yield found
        .filter(({ id }) => !this.#byId.has(id) && !this.#own.has(id))
        .map((action) => new StoredPiece(action));
      const last = found.at(-1);
      if (!last || found.length < PAGE) return;
      after = { time: last.timestamp, id: last.id };
    }
  }

  #like({ content }: Piece): Piece[] {
    const key = actorVerbKey(content);
    const list = this.#byActorVerb.get(key) ?? [];
    this.#byActorVerb.set(key, list);
    return list;
  }

  #keysOf(seekers: readonly Seeker[]): Similar['keys'] {
    const [targets, related, verbs] = [new Set<string>(), new Set<string>(), new Set<string>()];
    for (const { piece } of seekers) {
      const keys = groupKeys(piece.content);
      if (this.#handlers.hasGroup(piece.content.verb)) verbs.add(keys.verb);
      else {
        targets.add(keys.targets);
        related.add(keys.related);
      }
    }
    return { targets: [...targets], related: [...related], verb: [...verbs] };
  }
}

const isOfEntry = (piece: Piece, { entry }: ArrivedPiece): boolean =>
  piece instanceof ArrivedPiece && piece.entry === entry;

/** Ties by id, which grows from action to action within a batch. */
export function isNewer({ id, content }: Piece, than: Piece): boolean {
  const { timestamp } = than.content;
  return content.timestamp > timestamp || (content.timestamp === timestamp && id > than.id);
}
