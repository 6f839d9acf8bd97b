import { describe, expect, it } from 'vitest';
import {
  isLiveRegionOwner,
  type LiveRegionGetter,
  registerLiveRegion,
} from '../../../client-sdk/inbox/engine/live-region-owner.ts';

describe('among the elements that show one hub', () => {
  const hub = {};
  const regionOwner = (isVisible: boolean): LiveRegionGetter => {
    const region = { checkVisibility: () => isVisible };
    return () => region;
  };

  it('the first one announces, and after its removal the next one', () => {
    const [first, second] = [regionOwner(true), regionOwner(true)];
    const leave = registerLiveRegion(hub, first);
    const leaveSecond = registerLiveRegion(hub, second);
    expect([first, second].map((each) => isLiveRegionOwner(hub, each))).toEqual([true, false]);
    leave();
    expect([first, second].map((each) => isLiveRegionOwner(hub, each))).toEqual([false, true]);
    leaveSecond();
    expect(isLiveRegionOwner(hub, second)).toBe(false);
  });

  it('an element that is hidden, or has no region yet, passes it to the next', () => {
    const all = [regionOwner(false), () => null, regionOwner(true), regionOwner(true)];
    const leaves = all.map((each) => registerLiveRegion(hub, each));
    expect(all.map((each) => isLiveRegionOwner(hub, each))).toEqual([false, false, true, false]);
    for (const leave of leaves) leave();
  });

  it('an element whose browser cannot check visibility counts as visible', () => {
    const all: LiveRegionGetter[] = [() => ({}), regionOwner(true)];
    const leaves = all.map((each) => registerLiveRegion(hub, each));
    expect(all.map((each) => isLiveRegionOwner(hub, each))).toEqual([true, false]);
    for (const leave of leaves) leave();
  });

  it('elements of another hub do not count', () => {
    const other = {};
    const [here, there] = [regionOwner(true), regionOwner(true)];
    const leaves = [registerLiveRegion(hub, here), registerLiveRegion(other, there)];
    expect([
      isLiveRegionOwner(hub, here),
      isLiveRegionOwner(other, there),
      isLiveRegionOwner(hub, there),
    ]).toEqual([true, true, false]);
    for (const leave of leaves) leave();
  });
});
