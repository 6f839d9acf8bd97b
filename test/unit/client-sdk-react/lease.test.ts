import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Lease } from '../../../client-sdk/react/lease.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const nothing = (): void => undefined;

function leased() {
  let opened = 0;
  const closed: number[] = [];
  const lease = new Lease(
    () => {
      opened += 1;
      return opened;
    },
    (which) => closed.push(which),
  );
  return { lease, opened: () => opened, closed };
}

describe('a lease', () => {
  it('opens nothing before anybody takes it', () => {
    const { lease, opened } = leased();
    expect(lease.getSnapshot()).toBe(null);
    expect(opened()).toBe(0);
  });

  it('opens for the first who takes it, tells them, and is shared with the next', () => {
    const { lease, opened } = leased();
    const told = vi.fn();
    lease.subscribe(told);
    expect(lease.getSnapshot()).toBe(1);
    expect(told).toHaveBeenCalledTimes(1);
    lease.subscribe(nothing);
    expect(opened()).toBe(1);
  });

  it('goes on where it is taken again at once, as in strict mode', () => {
    const { lease, opened, closed } = leased();
    lease.subscribe(nothing)();
    const release = lease.subscribe(nothing);
    vi.runAllTimers();
    expect([opened(), closed, lease.getSnapshot()]).toEqual([1, [], 1]);
    release();
    vi.runAllTimers();
    expect([opened(), closed, lease.getSnapshot()]).toEqual([1, [1], null]);
  });

  it('closes once, when the last has let go, however often that is said', () => {
    const { lease, closed } = leased();
    // One function may take it twice.
    const releases = [lease.subscribe(nothing), lease.subscribe(nothing)];
    releases[0]?.();
    releases[0]?.();
    vi.runAllTimers();
    expect(closed).toEqual([]);
    releases[1]?.();
    releases[1]?.();
    vi.runAllTimers();
    expect(closed).toEqual([1]);
  });

  it('opens anew for whoever takes it after it was closed', () => {
    const { lease, closed } = leased();
    lease.subscribe(nothing)();
    vi.runAllTimers();
    lease.subscribe(nothing);
    vi.runAllTimers();
    expect([lease.getSnapshot(), closed]).toEqual([2, [1]]);
  });
});
