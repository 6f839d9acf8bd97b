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

/**
 * The name of an object in texts. An object without a name shows its type and id ("issue 7"), a user the id. A deleted
 * object has only its description.
 */
export function nameOf(ref: Ref | DeletedRef): string {
  if ('deleted' in ref) return ref.description;
  return ref.name || (ref.type === 'user' ? ref.id : `${ref.type} ${ref.id}`);
}

/** Not of scripts that are written without spaces: in those, a name touches the words around it. */
const inWord =
  /(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}])[\p{L}\p{N}]/u;

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

/**
 * The joined parts equal the text. Names are searched in the order of the built-in sentence, and elsewhere if they are not
 * there: other languages have another order.
 */
export function splitSentence({ text, actor, targets, related }: Action): SentencePart[] {
  const refs: Array<Required<Pick<SentencePart, 'ref' | 'role'>>> = [
    ...(actor ? [{ ref: actor, role: 'actor' as const }] : []),
    ...targets.map((ref) => ({ ref, role: 'target' as const })),
    ...related.map((ref) => ({ ref, role: 'related' as const })),
  ];
  const found: Array<{ at: number; end: number; ref: Ref | DeletedRef; role: SentencePart['role'] }> = [];
  const findFree = (name: string, from: number): number => {
    let at = findWord(text, name, from);
    while (at >= 0 && found.some((each) => at < each.end && each.at < at + name.length))
      at = findWord(text, name, at + 1);
    return at;
  };
  let from = 0;
  for (const { ref, role } of refs) {
    // A user type of the hub's configuration is unknown here: such users are shown by their ids.
    for (const name of [nameOf(ref), 'deleted' in ref ? '' : ref.id]) {
      if (name === '') continue;
      let at = findFree(name, from);
      if (at < 0) at = findFree(name, 0);
      if (at < 0) continue;
      from = at + name.length;
      found.push({ at, end: from, ref, role });
      break;
    }
  }
  found.sort((a, b) => a.at - b.at);
  const parts: SentencePart[] = [];
  let done = 0;
  for (const { at, end, ref, role } of found) {
    if (at > done) parts.push({ text: text.slice(done, at) });
    parts.push({
      text: text.slice(at, end),
      ref,
      role,
      link: 'deleted' in ref ? undefined : safeLink(ref.url),
    });
    done = end;
  }
  if (done < text.length) parts.push({ text: text.slice(done) });
  return parts;
}
