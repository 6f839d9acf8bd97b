/** Rule 5 of the contract. */

import type { Patience } from '../patience.ts';
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
export async function findGroup(
  seeker: Seeker,
  pool: Pool,
  handlers: Handlers,
  patience: Patience,
): Promise<Piece | null> {
  const { piece } = seeker;
  for await (const some of candidates(seeker, pool)) {
    const isSimilar = (each: Piece | undefined) => each !== undefined && piece.isSimilarTo(each);
    const joins = (each: Piece) => fits(each.content, piece.content);
    if (!handlers.hasGroup(piece.content.verb)) {
      const found = some.find((each) => isSimilar(each) && joins(each));
      if (found) return found;
      continue;
    }
    const older = some.filter(joins);
    const contents = older.map(({ content }) => content);
    const otherwise = (index: number) => isSimilar(older[index]);
    const found = older[await handlers.firstSimilar(piece.content, contents, otherwise, patience)];
    if (found) return found;
  }
  return null;
}

/** What it may join, newest first: of what is here and elsewhere alike, as much at a time as is read. */
async function* candidates(seeker: Seeker, pool: Pool): AsyncGenerator<Piece[]> {
  const here = pool.here(seeker);
  for await (const page of pool.elsewhere(seeker)) {
    const last = page.at(-1);
    const behind = last ? here.findIndex((each) => !isNewer(each, last)) : 0;
    const newer = here.splice(0, behind < 0 ? here.length : behind);
    yield newer.length === 0
      ? page
      : [...newer, ...page].sort((left, right) => (isNewer(left, right) ? -1 : 1));
  }
  yield here;
}
