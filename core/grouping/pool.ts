/** What the actions of a drain may be grouped into: the actions of their own actor and verb, as merged so far. */
import { actorVerbKey, groupKeys } from '../keys.ts';
import type { StoredAction } from '../model.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { ActionPlace, ActionStore, Similar } from '../ports/stores.ts';
import { sizesOf } from '../size.ts';
import { ArrivedPiece, type Piece, StoredPiece } from './piece.ts';

/** Stored actions asked for at once: few at first, then as many as their length allows, for they may be large. */
const FIRST = 100;
const GROWTH = 4;
const PAGE = 1_000;
/** Characters of stored actions, about, that are read for a drain at once. */
const MOST_HELD = 16_777_216;
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
    const bounds = {
      from: Math.min(...seekers.map(({ piece, within }) => piece.content.timestamp - within)),
      to: Math.max(...seekers.map(({ piece, within }) => piece.content.timestamp + within)),
    };
    const found: StoredAction[] = [];
    let held = 0;
    for await (const page of this.#pages(seekers, bounds, PAGE)) {
      found.push(...page.actions);
      held += lengthOf(page.actions);
      this.#complete = page.isLast;
      if (held > MOST_HELD) break;
    }
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
    const bounds = { from: timestamp - seeker.within, to: timestamp + seeker.within };
    for await (const { actions } of this.#pages([seeker], bounds, MOST_COMPARED)) {
      yield actions
        .filter(({ id }) => !this.#byId.has(id) && !this.#own.has(id))
        .map((action) => new StoredPiece(action));
    }
  }

  /** What is stored that these may join, newest first, up to `most` of it; `isLast`: there is nothing behind. */
  async *#pages(
    seekers: readonly Seeker[],
    bounds: Pick<Similar, 'from' | 'to'>,
    most: number,
  ): AsyncGenerator<{ actions: StoredAction[]; isLast: boolean }> {
    const keys = this.#keysOf(seekers);
    let after: ActionPlace | null = null;
    let limit = FIRST;
    for (let read = 0; read < most; ) {
      const actions: StoredAction[] = await this.#store.similar({ keys, ...bounds, after, limit });
      const last = actions.at(-1);
      const isLast = !last || actions.length < limit;
      yield { actions, isLast };
      if (isLast) return;
      after = { time: last.timestamp, id: last.id };
      read += actions.length;
      const fitting = Math.ceil((MOST_HELD * actions.length) / (lengthOf(actions) + 1));
      limit = Math.min(fitting, limit * GROWTH, PAGE, most - read);
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

const lengthOf = (actions: readonly StoredAction[]): number =>
  actions.reduce((sum, action) => sum + sizesOf(action).all, 0);

const isOfEntry = (piece: Piece, { entry }: ArrivedPiece): boolean =>
  piece instanceof ArrivedPiece && piece.entry === entry;

/** Ties by id, which grows from action to action within a batch. */
export function isNewer({ id, content }: Piece, than: Piece): boolean {
  const { timestamp } = than.content;
  return content.timestamp > timestamp || (content.timestamp === timestamp && id > than.id);
}
