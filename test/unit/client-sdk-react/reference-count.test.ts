import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ReferenceCount } from '../../../client-sdk/react/src/reference-count.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const noop = (): void => undefined;

function createRefCount() {
  let opened = 0;
  const closed: number[] = [];
  const refCount = new ReferenceCount(
    () => {
      opened += 1;
      return opened;
    },
    (which) => closed.push(which),
  );
  return { refCount, opened: () => opened, closed };
}

describe('a reference count', () => {
  it('opens nothing before the first subscriber', () => {
    const { refCount, opened } = createRefCount();
    expect(refCount.getSnapshot()).toBe(null);
    expect(opened()).toBe(0);
  });

  it('opens for the first subscriber, notifies it, and is shared with the next', () => {
    const { refCount, opened } = createRefCount();
    const listener = vi.fn();
    refCount.subscribe(listener);
    expect(refCount.getSnapshot()).toBe(1);
    expect(listener).toHaveBeenCalledTimes(1);
    refCount.subscribe(noop);
    expect(opened()).toBe(1);
  });

  it('stays open if it is subscribed again at once, as in strict mode', () => {
    const { refCount, opened, closed } = createRefCount();
    refCount.subscribe(noop)();
    const release = refCount.subscribe(noop);
    vi.runAllTimers();
    expect([opened(), closed, refCount.getSnapshot()]).toEqual([1, [], 1]);
    release();
    vi.runAllTimers();
    expect([opened(), closed, refCount.getSnapshot()]).toEqual([1, [1], null]);
  });

  it('closes once, after the last unsubscribe, no matter how often that is called', () => {
    const { refCount, closed } = createRefCount();
    // The same unsubscribe function may be called twice.
    const releases = [refCount.subscribe(noop), refCount.subscribe(noop)];
    releases[0]?.();
    releases[0]?.();
    vi.runAllTimers();
    expect(closed).toEqual([]);
    releases[1]?.();
    releases[1]?.();
    vi.runAllTimers();
    expect(closed).toEqual([1]);
  });

  it('reopens for a subscriber that comes after it was closed', () => {
    const { refCount, closed } = createRefCount();
    refCount.subscribe(noop)();
    vi.runAllTimers();
    refCount.subscribe(noop);
    vi.runAllTimers();
    expect([refCount.getSnapshot(), closed]).toEqual([2, [1]]);
  });
});
