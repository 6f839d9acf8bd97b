/**
 * Who announces what arrives where several parts of a page show one hub's feed: each of them would be read out. Where the
 * page has two copies of this module, each has its own announcer.
 */

/** The live region it is announced in, if there is one at the moment. */
export type Voice = () => Partial<Pick<Element, 'checkVisibility'>> | null;

const voices = new WeakMap<object, Set<Voice>>();

/** From now on it may be this one's turn. @returns ends that; the next one takes over */
export function joinVoices(hub: object, voice: Voice): () => void {
  const all = voices.get(hub) ?? new Set();
  voices.set(hub, all.add(voice));
  return () => all.delete(voice);
}

/** Whether it is this one's turn: the first that joined and can be heard. What is not shown is not read out. */
export function isVoiceOf(hub: object, voice: Voice): boolean {
  for (const each of voices.get(hub) ?? []) {
    const region = each();
    // Browsers that cannot tell, such as Safari before 17.4, take it for shown.
    if (region && (region.checkVisibility?.({ checkVisibilityCSS: true }) ?? true)) return each === voice;
  }
  return false;
}
