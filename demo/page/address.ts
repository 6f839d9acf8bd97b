/** The address names the two people on stage, `#as=ada&with=grace`, so that it can be kept and sent. Pure. */

export interface Pair<P> {
  first: P;
  second: P;
}

/** Whoever is not named or not known is the first of `people` that is not the other one. `people` has at least two. */
export function pairIn<P extends { id: string }>(hash: string, people: readonly P[]): Pair<P> {
  const named = new URLSearchParams(hash.replace(/^#/, ''));
  const find = (key: string): P | undefined => people.find(({ id }) => id === named.get(key));
  const first = find('as') ?? people.find((person) => person !== find('with'));
  const chosen = find('with');
  const second = chosen !== first && chosen ? chosen : people.find((person) => person !== first);
  if (!first || !second) throw new Error('The demo has fewer than two people');
  return { first, second };
}

export function hashOf({ first, second }: Pair<{ id: string }>): string {
  return `#${new URLSearchParams({ as: first.id, with: second.id })}`;
}

/** The pair after one of them was chosen anew: choosing the other one exchanges the two. */
export function choose<P>({ first, second }: Pair<P>, side: keyof Pair<P>, person: P): Pair<P> {
  if (side === 'first') return { first: person, second: person === second ? first : second };
  return { first: person === first ? second : first, second: person };
}
