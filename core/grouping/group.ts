/** Rule 5 of the contract. */
import type { Handlers } from '../ports/handlers.ts';
import { fits } from './fits.ts';
import type { ArrivedPiece, Piece } from './piece.ts';
import { isNewer, type Pool, type Seeker } from './pool.ts';

/** Who looks for something to join; `null`: it joins nothing. */
export function seekerOf(piece: ArrivedPiece, handlers: Handlers): Seeker | null {
  const { groupingDelay, verb } = piece.content;
  const delay = groupingDelay ?? handlers.groupingDelayOf(verb);
  return delay < 0 ? null : { piece, within: delay * 1_000 };
}

/** What the seeker joins, the newest that is similar; `null`: nothing. */
export async function findGroup(seeker: Seeker, pool: Pool, handlers: Handlers): Promise<Piece | null> {
  const { piece } = seeker;
  // Handlers are asked one after the other, from the newest on; the default rule leaves few to look at.
  const asks = handlers.hasGroup(piece.content.verb);
  const here = pool.here(seeker).filter((each) => asks || piece.isSimilarTo(each));
  const joins = async (each: Piece): Promise<boolean> =>
    fits(each.content, piece.content) && (!asks || (await isSimilar(piece, each, handlers)));
  for await (const other of pool.elsewhere(seeker)) {
    for (let next = here[0]; next && isNewer(next, other); next = here[0]) {
      here.shift();
      if (await joins(next)) return next;
    }
    if ((asks || piece.isSimilarTo(other)) && (await joins(other))) return other;
  }
  for (const each of here) if (await joins(each)) return each;
  return null;
}

async function isSimilar(newer: ArrivedPiece, older: Piece, handlers: Handlers): Promise<boolean> {
  return (await handlers.groups(newer.content, older.content)) ?? newer.isSimilarTo(older);
}
