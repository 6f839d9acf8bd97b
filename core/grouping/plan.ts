/** What becomes of the actions of a drain: rules 4 and 5 of the contract, around what is decided already (decision 13). */
import type { Decision, MergedAction, StoredAction } from '../model.ts';
import type { Patience } from '../patience.ts';
import type { Handlers } from '../ports/handlers.ts';
import type { LaneEntry } from '../ports/queue.ts';
import type { ActionStore } from '../ports/stores.ts';
import { combine } from './combine.ts';
import { findGroup, seekerOf } from './group.ts';
import { ArrivedPiece, type Piece, StoredPiece } from './piece.ts';
import { Pool } from './pool.ts';

export interface Plan {
  /** What is to be decided, in the order of the lane. */
  decisions: Array<StoredAction | MergedAction>;
  /** The actions that those of the drain are, or are part of. */
  ends: Piece[];
}

export interface PlanDeps {
  store: ActionStore;
  handlers: Handlers;
  patience: Patience;
}

/** `decided`: of the drain's actions, and of those outside of it that they are part of. */
export async function plan(
  { store, handlers, patience }: PlanDeps,
  entries: readonly LaneEntry[],
  decided: ReadonlyMap<string, Decision>,
): Promise<Plan> {
  const own = new Set(entries.flatMap(({ actions }) => actions.map(({ id }) => id)));
  const pool = new Pool(store, handlers, own);
  for (const [id, decision] of decided) {
    if (decision.kind === 'action' && !own.has(id)) pool.add(new StoredPiece(decision.action));
  }
  const pieces: ArrivedPiece[] = [];
  for (const entry of entries) pieces.push(...(await combine(entry, decided, handlers, patience)));
  const left = pieces.filter((piece) => !piece.parent);
  const seekers = new Map(
    left.flatMap((piece) => {
      const seeker = piece.decided ? null : seekerOf(piece, handlers);
      return seeker ? [[piece, seeker]] : [];
    }),
  );
  await pool.load([...seekers.values()].filter(({ within }) => within > 0));
  for (const piece of left) {
    await patience.breathe();
    const seeker = seekers.get(piece);
    const into = piece.decided
      ? pool.get(piece.groupedInto ?? '')
      : seeker && (await findGroup(seeker, pool, handlers, patience));
    if (into) {
      pool.add(into);
      into.take(piece);
    } else if (piece.decided?.kind !== 'merged') pool.add(piece);
  }
  const isLeft = new Set<Piece>(left);
  return {
    decisions: pieces.flatMap((piece) => (piece.decided ? [] : [decisionOf(piece, isLeft)])),
    ends: [...new Set(pieces.map(endOf))].filter((end) => pool.get(end.id) === end),
  };
}

/** `isLeft`: what combination left, so that what has a parent nevertheless was grouped. */
function decisionOf(piece: ArrivedPiece, isLeft: ReadonlySet<Piece>): StoredAction | MergedAction {
  const { id, parent } = piece;
  if (!parent) return piece.stored;
  if (isLeft.has(piece)) return { id, into: parent.id, outcome: 'grouped' };
  let into = parent;
  while (into instanceof ArrivedPiece && into.parent && !isLeft.has(into)) into = into.parent;
  return { id, into: into.id, ...(into !== parent && { via: parent.id }), outcome: 'combined' };
}

/** What it stands in; itself, where it does not stand and what it was merged into is gone. */
function endOf(piece: ArrivedPiece): Piece {
  let end: Piece = piece;
  while (end instanceof ArrivedPiece && end.parent) end = end.parent;
  return end;
}
