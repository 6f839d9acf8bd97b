/**
 * Actions while a drain decides what becomes of them.
 *
 * A piece **stands** when it is to be an action of its own; otherwise it has a **parent**, into which it was merged, which
 * may itself be merged. What is decided already, by an earlier run or another worker, is fixed: its decision is given.
 */
import { setKey } from '../keys.ts';
import type { AcceptedAction, Decision, StoredAction } from '../model.ts';
import type { LaneEntry } from '../ports/queue.ts';
import { type Content, merge, mergeLogged } from './merge.ts';

/** One that was merged into a piece after that was stored. */
export interface Member {
  seq: number;
  content: Content;
}

/** As merged so far. */
export abstract class Piece {
  abstract readonly id: string;
  abstract readonly content: Content;
  /** What it is stored as, or was when it was read; the members come on top of it. */
  abstract readonly stored: StoredAction;
  readonly members: Member[] = [];
  #keys: { of: Content; targets: string; related: string } | null = null;

  /** Unless it is in it already. */
  protected abstract absorb(arrived: ArrivedPiece): void;

  take(arrived: ArrivedPiece): void {
    arrived.parent = this;
    this.absorb(arrived);
  }

  /** The default rule: targets or related are the same sets. */
  isSimilarTo(other: Piece): boolean {
    const [own, others] = [this.#setKeys(), other.#setKeys()];
    return own.targets === others.targets || own.related === others.related;
  }

  #setKeys() {
    const { content } = this;
    if (this.#keys?.of !== content) {
      this.#keys = { of: content, targets: setKey(content.targets), related: setKey(content.related) };
    }
    return this.#keys;
  }
}

/** Stored before, outside of the drain. */
export class StoredPiece extends Piece {
  readonly stored: StoredAction;
  #content: StoredAction;

  constructor(stored: StoredAction) {
    super();
    this.stored = stored;
    this.#content = stored;
  }

  get id(): string {
    return this.stored.id;
  }

  get content(): Content {
    return this.#content;
  }

  protected absorb({ seq, content }: ArrivedPiece): void {
    if (seq <= this.stored.rev) return;
    this.members.push({ seq, content });
    this.#content = merge(this.#content, content);
  }
}

/** One of the drain's own. */
export class ArrivedPiece extends Piece {
  /** Its batch, as far as that is in this lane. */
  readonly entry: LaneEntry;
  /** `null`: to be decided. */
  readonly decided: Decision | null;
  parent: Piece | null = null;
  #content: AcceptedAction;
  #stored: StoredAction | null = null;

  constructor(accepted: AcceptedAction, entry: LaneEntry, decided: Decision | null) {
    super();
    this.entry = entry;
    this.decided = decided;
    this.#content = accepted;
    if (decided?.kind === 'action') {
      this.#stored = decided.action;
      this.#content = { ...accepted, ...decided.action };
    }
  }

  get id(): string {
    return this.#content.id;
  }

  get seq(): number {
    return this.#content.seq;
  }

  get content(): AcceptedAction {
    return this.#content;
  }

  get stored(): StoredAction {
    return this.#stored ?? storable(this.#content);
  }

  /** The id of what it was combined into at first, where that is decided. */
  get combinedInto(): string | null {
    if (this.decided?.kind !== 'merged' || this.decided.merged.outcome !== 'combined') return null;
    return this.decided.merged.via ?? this.decided.merged.into;
  }

  /** The id of what it was grouped into, where that is decided. */
  get groupedInto(): string | null {
    if (this.decided?.kind !== 'merged' || this.decided.merged.outcome !== 'grouped') return null;
    return this.decided.merged.into;
  }

  /** Everything that came before it was taken in; what is taken in from now on is a member. */
  settle(): void {
    this.#stored ??= storable(this.#content);
  }

  protected absorb({ seq, content }: ArrivedPiece): void {
    if (this.#stored) {
      // Of those before it, what it was stored with.
      if (seq <= this.#stored.rev) return;
      this.members.push({ seq, content });
    }
    this.#content = mergeLogged(this.#content, content);
  }
}

function storable({ groupingDelay: _, seq, acceptedAt: __, ...content }: AcceptedAction): StoredAction {
  return { ...content, rev: seq };
}
