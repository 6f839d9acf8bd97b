/** An action's text, cut where it names its objects, so that those can be set apart and linked. Pure. */
import type { Action, DeletedRef, Ref } from '../../protocol/entities.ts';
import { safeLink } from './link.ts';

export interface Piece {
  text: string;
  /** What it names; none for the words in between. */
  ref?: Ref | DeletedRef;
  role?: 'actor' | 'target' | 'related';
  /** Where it leads, if anywhere safe. What was deleted leads nowhere. */
  link?: string;
}

/** What texts call an object: what is left of a deleted one is its description. */
export function nameOf(ref: Ref | DeletedRef): string {
  return 'deleted' in ref ? ref.description : ref.name || ref.id;
}

const inWord = /[\p{L}\p{N}]/u;

/** Where `name` stands in `text` as words of its own, from `from` on; -1: nowhere. */
function placeOf(text: string, name: string, from: number): number {
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) {
    const joined = (left: string | undefined, right: string | undefined): boolean =>
      inWord.test(left ?? '') && inWord.test(right ?? '');
    const end = at + name.length;
    if (!joined(text[at - 1], name[0]) && !joined(name[name.length - 1], text[end])) return at;
  }
  return -1;
}

/** The pieces put together are the text. Names are looked for in the order of the default text. */
export function piecesOf({ text, actor, targets, related }: Action): Piece[] {
  const named: Array<Required<Pick<Piece, 'ref' | 'role'>>> = [
    ...(actor ? [{ ref: actor, role: 'actor' as const }] : []),
    ...targets.map((ref) => ({ ref, role: 'target' as const })),
    ...related.map((ref) => ({ ref, role: 'related' as const })),
  ];
  const pieces: Piece[] = [];
  let from = 0;
  for (const { ref, role } of named) {
    const name = nameOf(ref);
    const at = name === '' ? -1 : placeOf(text, name, from);
    if (at < 0) continue;
    if (at > from) pieces.push({ text: text.slice(from, at) });
    pieces.push({ text: name, ref, role, link: 'deleted' in ref ? undefined : safeLink(ref.url) });
    from = at + name.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}
