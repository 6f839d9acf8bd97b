/**
 * Chooses the live region that announces new items if several inboxes on a page show the same hub's feed. Otherwise
 * screen readers would read each of them. If the page loads two copies of this module, each copy has its own owner.
 */

/** Returns the live region, if it currently exists. */
export type LiveRegionGetter = () => Partial<Pick<Element, 'checkVisibility'>> | null;

const liveRegionsByHub = new WeakMap<object, Set<LiveRegionGetter>>();

/** Adds a candidate for ownership. @returns a function that removes it; the next candidate takes over */
export function registerLiveRegion(hub: object, getRegion: LiveRegionGetter): () => void {
  const regions = liveRegionsByHub.get(hub) ?? new Set();
  liveRegionsByHub.set(hub, regions.add(getRegion));
  return () => regions.delete(getRegion);
}

/** Whether this region is the owner: the first registered one that is visible. Screen readers skip hidden regions. */
export function isLiveRegionOwner(hub: object, getRegion: LiveRegionGetter): boolean {
  for (const candidate of liveRegionsByHub.get(hub) ?? []) {
    const region = candidate();
    // Browsers without `checkVisibility`, such as Safari before 17.4, count as visible.
    if (region && (region.checkVisibility?.({ checkVisibilityCSS: true }) ?? true))
      return candidate === getRegion;
  }
  return false;
}
