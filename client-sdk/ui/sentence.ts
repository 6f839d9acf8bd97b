/** An action's text, cut where it names its objects, so that those can be set apart and linked. Pure. */
import type { Action, Ref } from '../../protocol/entities.ts';

export interface Piece {
  text: string;
  /** What it names; none for the words in between. */
  ref?: Ref;
  role?: 'actor' | 'target' | 'related';
}

/** The pieces put together are the text. Names are looked for in the order of the default text. */
export function piecesOf({ text, actor, targets, related }: Action): Piece[] {
  const named: Array<{ ref: Ref; role: 'actor' | 'target' | 'related' }> = [
    ...(actor ? [{ ref: actor, role: 'actor' as const }] : []),
    ...targets.map((ref) => ({ ref, role: 'target' as const })),
    ...related.map((ref) => ({ ref, role: 'related' as const })),
  ];
  const pieces: Piece[] = [];
  let from = 0;
  for (const { ref, role } of named) {
    const name = ref.name || ref.id;
    const at = text.indexOf(name, from);
    if (name === '' || at < 0) continue;
    if (at > from) pieces.push({ text: text.slice(from, at) });
    pieces.push({ text: name, ref, role });
    from = at + name.length;
  }
  if (from < text.length) pieces.push({ text: text.slice(from) });
  return pieces;
}
