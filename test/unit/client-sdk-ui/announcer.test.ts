import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer } from '../../../client-sdk/ui/announcer.ts';
import { item } from '../client-sdk/factory.ts';

describe('announcements', () => {
  const said: Array<[count: number, id: string] | null> = [];
  let announcer: Announcer;
  beforeEach(() => {
    vi.useFakeTimers();
    said.length = 0;
    announcer = new Announcer((arrived) => said.push(arrived && [arrived.count, arrived.newest.id]));
  });
  afterEach(() => {
    announcer.stop();
    vi.useRealTimers();
  });

  it('come at once, and what follows within three seconds in one', () => {
    announcer.arrived([item('a')]);
    announcer.arrived([item('c'), item('b')]);
    announcer.arrived([item('d')]);
    vi.advanceTimersByTime(2_999);
    expect(said.filter((each) => each)).toEqual([[1, 'a']]);
    vi.advanceTimersByTime(1);
    expect(said.filter((each) => each)).toEqual([
      [1, 'a'],
      [3, 'd'],
    ]);
  });

  it('go a moment before the next one, which may be in the same words', () => {
    announcer.arrived([item('a')]);
    announcer.arrived([item('a')]);
    vi.advanceTimersByTime(2_800);
    expect(said).toEqual([[1, 'a']]);
    vi.advanceTimersByTime(100);
    expect(said).toEqual([[1, 'a'], null]);
    vi.advanceTimersByTime(100);
    expect(said).toEqual([[1, 'a'], null, [1, 'a']]);
  });

  it('go when nothing followed, so that the same text is news again', () => {
    announcer.arrived([item('a')]);
    vi.advanceTimersByTime(3_000);
    announcer.arrived([item('a')]);
    expect(said).toEqual([[1, 'a'], null, [1, 'a']]);
  });

  it('are never nearer than three seconds, however much arrives', () => {
    const times: number[] = [];
    const other = new Announcer((arrived) => arrived && times.push(Date.now()));
    for (let step = 0; step < 100; step += 1) {
      other.arrived([item(String(step))]);
      vi.advanceTimersByTime(130);
    }
    other.stop();
    const between = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(3);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(3_000);
  });

  it('end when it is stopped', () => {
    announcer.arrived([item('a')]);
    announcer.arrived([item('b')]);
    announcer.stop();
    vi.advanceTimersByTime(10_000);
    expect(said).toEqual([[1, 'a']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are not made of nothing', () => {
    announcer.arrived([]);
    expect([said.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
