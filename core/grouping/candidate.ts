/**
 * Candidates: the actions of a batch while they are combined and grouped, and the stored actions they may
 * merge into.
 *
 * A candidate either becomes an action of its own, or has a **parent** into which it was merged. The parent
 * may be merged itself. An earlier attempt or another worker may have resolved an action already. Then its
 * resolution is fixed.
 */
import type { AcceptedAction, Resolution, StoredAction } from '../model/entities.ts';
import { setKey } from '../model/keys.ts';
import type { BatchRecord } from '../ports/queue.ts';
import { type ActionContent, merge, mergeLogged } from './merge.ts';

/** An action that was merged into a candidate after the candidate was stored. */
export interface Member {
  seq: number;
  /** The number of the action that was accepted last among those it contains. */
  latestSeq: number;
  content: ActionContent;
}

/** An action as merged so far. */
export abstract class Candidate {
  abstract readonly id: string;
  abstract readonly content: ActionContent;
  /** The stored state, without the members. */
  abstract readonly stored: StoredAction;
  readonly members: Member[] = [];
  /** The number of the action that was accepted last among those it contains. */
  latestSeq: number;
  #cachedSetKeys: { of: ActionContent; targets: string; related: string } | null = null;

  constructor(latestSeq: number) {
    this.latestSeq = latestSeq;
  }

  /** Merges the content, unless this candidate already contains it. */
  protected abstract applyMerge(other: BatchCandidate): void;

  mergeIn(other: BatchCandidate): void {
    other.parent = this;
    this.applyMerge(other);
    this.latestSeq = Math.max(this.latestSeq, other.latestSeq);
  }

  /** The default rule: the targets, or the related objects, are equal as sets. */
  isSimilarTo(other: Candidate): boolean {
    const [own, others] = [this.#setKeys(), other.#setKeys()];
    return own.targets === others.targets || own.related === others.related;
  }

  #setKeys() {
    const { content } = this;
    if (this.#cachedSetKeys?.of !== content) {
      this.#cachedSetKeys = {
        of: content,
        targets: setKey(content.targets),
        related: setKey(content.related),
      };
    }
    return this.#cachedSetKeys;
  }
}

/** An action that was stored before, and is not part of the batch. */
export class StoredCandidate extends Candidate {
  readonly stored: StoredAction;
  #content: StoredAction;

  constructor(stored: StoredAction) {
    super(stored.version);
    this.stored = stored;
    this.#content = stored;
  }

  get id(): string {
    return this.stored.id;
  }

  get content(): ActionContent {
    return this.#content;
  }

  protected applyMerge({ seq, latestSeq, content }: BatchCandidate): void {
    if (seq <= this.stored.version) return;
    this.members.push({ seq, latestSeq, content });
    this.#content = merge(this.#content, content, latestSeq > this.latestSeq);
  }
}

export class BatchCandidate extends Candidate {
  readonly record: BatchRecord;
  /** `null` if it is not resolved yet. */
  readonly resolution: Resolution | null;
  parent: Candidate | null = null;
  #content: AcceptedAction;
  #stored: StoredAction | null = null;

  constructor(accepted: AcceptedAction, record: BatchRecord, resolution: Resolution | null) {
    super(resolution?.kind === 'action' ? Math.max(accepted.seq, resolution.action.version) : accepted.seq);
    this.record = record;
    this.resolution = resolution;
    this.#content = accepted;
    if (resolution?.kind === 'action') {
      this.#stored = resolution.action;
      const unset = { body: undefined, url: undefined, buttons: undefined };
      this.#content = { ...accepted, ...unset, ...resolution.action };
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
    return this.#stored ?? toStoredAction(this.#content);
  }

  /** The id of the action that it was first combined into, if it is resolved. */
  get combinedInto(): string | null {
    if (this.resolution?.kind !== 'merged' || this.resolution.merged.outcome !== 'combined') return null;
    return this.resolution.merged.combinedInto ?? this.resolution.merged.into;
  }

  /** The id of the action that it was grouped into, if it is resolved. */
  get groupedInto(): string | null {
    if (this.resolution?.kind !== 'merged' || this.resolution.merged.outcome !== 'grouped') return null;
    return this.resolution.merged.into;
  }

  /** Fixes the stored state. It contains everything merged so far. Actions merged from now on are members. */
  seal(): void {
    this.#stored ??= toStoredAction(this.#content);
  }

  protected applyMerge({ seq, latestSeq, content }: BatchCandidate): void {
    if (this.#stored) {
      // The stored state already contains it.
      if (seq <= this.#stored.version) return;
      this.members.push({ seq, latestSeq, content });
    }
    this.#content = mergeLogged(this.#content, content, latestSeq > this.latestSeq);
  }
}

function toStoredAction({ groupingDelay: _, seq, ...content }: AcceptedAction): StoredAction {
  return { ...content, version: seq };
}
