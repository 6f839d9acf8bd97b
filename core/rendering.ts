/** Rule 9 of the contract: the default text of an action. */
import type { Ref } from '../protocol/entities.ts';
import type { StoredAction } from './model.ts';

const DEFAULT_LOCALE = 'en-GB';
/** More than this many are counted instead of written out. */
const WRITTEN_OUT = 3;

const nameOf = (object: Ref): string => object.name ?? object.id;

const formats = new Map<string, Intl.ListFormat>();
const MOST_FORMATS = 100;

function listFormat(locale: string): Intl.ListFormat {
  const known = formats.get(locale);
  if (known) return known;
  const made = new Intl.ListFormat(locale, { type: 'conjunction' });
  if (formats.size < MOST_FORMATS) formats.set(locale, made);
  return made;
}

/** Up to three are written out ("a, b and c"), four or more "a, b and 2 others". */
export function listText(objects: readonly Ref[], locale = DEFAULT_LOCALE): string {
  const names = objects.map(nameOf);
  const shown = names.length > WRITTEN_OUT ? [...names.slice(0, 2), `${names.length - 2} others`] : names;
  return listFormat(locale).format(shown);
}

/**
 * `{actor} {verb} {targets} in relation to {related}`; without an actor `{targets} was|were {verb} …`.
 * `locale`: a BCP 47 tag; lists are joined as that language does.
 */
export function defaultText(
  action: Pick<StoredAction, 'actor' | 'verb' | 'targets' | 'related'>,
  locale?: string,
): string {
  const { actor, verb, targets, related } = action;
  const parts: string[] = [];
  if (actor) parts.push(nameOf(actor), verb);
  if (targets.length > 0) parts.push(listText(targets, locale));
  if (!actor) parts.push(...(targets.length > 0 ? [targets.length > 1 ? 'were' : 'was'] : []), verb);
  if (related.length > 0) parts.push('in relation to', listText(related, locale));
  return parts.join(' ');
}
