/**
 * The URL's hash names the two users shown, `#as=ada&with=grace`, so that the page can be bookmarked and shared. Pure.
 */

export interface Pair<P> {
  first: P;
  second: P;
}

/**
 * A missing or unknown user is replaced by the first of `people` that is not the other one. `people` has at least two.
 */
export function parsePair<P extends { id: string }>(hash: string, people: readonly P[]): Pair<P> {
  const params = new URLSearchParams(hash.replace(/^#/, ''));
  const find = (key: string): P | undefined => people.find(({ id }) => id === params.get(key));
  const first = find('as') ?? people.find((person) => person !== find('with'));
  const requested = find('with');
  const second = requested !== first && requested ? requested : people.find((person) => person !== first);
  if (!first || !second) throw new Error('The demo has fewer than two people');
  return { first, second };
}

export function formatHash({ first, second }: Pair<{ id: string }>): string {
  return `#${new URLSearchParams({ as: first.id, with: second.id })}`;
}

/** The pair after choosing `person` for one side. Choosing the other side's user swaps the two. */
export function replacePerson<P>({ first, second }: Pair<P>, side: keyof Pair<P>, person: P): Pair<P> {
  if (side === 'first') return { first: person, second: person === second ? first : second };
  return { first: person === first ? second : first, second: person };
}
