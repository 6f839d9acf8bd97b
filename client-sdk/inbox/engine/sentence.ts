/** Splits an action's text at the names of its objects, so that those can be highlighted and linked. Pure. */
import type { Action, DeletedRef, Ref } from '@hubbub/client';
import { safeLink } from './link.ts';

export interface SentencePart {
  text: string;
  /** The object that the text names; none for the words in between. */
  ref?: Ref | DeletedRef;
  role?: 'actor' | 'target' | 'related';
  /** The URL of the object, if it is safe. Deleted objects have none. */
  link?: string;
}

/** The name of an object in texts. A deleted object has only its description. */
export function nameOf(ref: Ref | DeletedRef): string {
  return 'deleted' in ref ? ref.description : ref.name || ref.id;
}

const inWord = /[\p{L}\p{N}]/u;

/** The index of `name` in `text` as whole words, starting at `from`; -1: not found. */
function findWord(text: string, name: string, from: number): number {
  for (let at = text.indexOf(name, from); at >= 0; at = text.indexOf(name, at + 1)) {
    const isInsideWord = (left: string | undefined, right: string | undefined): boolean =>
      inWord.test(left ?? '') && inWord.test(right ?? '');
    const end = at + name.length;
    if (!isInsideWord(text[at - 1], name[0]) && !isInsideWord(name[name.length - 1], text[end])) return at;
  }
  return -1;
}

/** The joined parts equal the text. Names are searched in the order of the default text. */
export function splitSentence({ text, actor, targets, related }: Action): SentencePart[] {
  const refs: Array<Required<Pick<SentencePart, 'ref' | 'role'>>> = [
    ...(actor ? [{ ref: actor, role: 'actor' as const }] : []),
    ...targets.map((ref) => ({ ref, role: 'target' as const })),
    ...related.map((ref) => ({ ref, role: 'related' as const })),
  ];
  const parts: SentencePart[] = [];
  let from = 0;
  for (const { ref, role } of refs) {
    const name = nameOf(ref);
    const at = name === '' ? -1 : findWord(text, name, from);
    if (at < 0) continue;
    if (at > from) parts.push({ text: text.slice(from, at) });
    parts.push({ text: name, ref, role, link: 'deleted' in ref ? undefined : safeLink(ref.url) });
    from = at + name.length;
  }
  if (from < text.length) parts.push({ text: text.slice(from) });
  return parts;
}
