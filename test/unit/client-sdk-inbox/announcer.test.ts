import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Announcer } from '../../../client-sdk/inbox/engine/announcer.ts';
import { item } from '../client-sdk-client/factory.ts';

describe('announcements', () => {
  const announcements: Array<[count: number, id: string] | null> = [];
  let announcer: Announcer;
  beforeEach(() => {
    vi.useFakeTimers();
    announcements.length = 0;
    announcer = new Announcer((batch) => announcements.push(batch && [batch.count, batch.newest.id]));
  });
  afterEach(() => {
    announcer.stop();
    vi.useRealTimers();
  });

  it('come at once, and those of the next three seconds together', () => {
    announcer.add([item('a')]);
    announcer.add([item('c'), item('b')]);
    announcer.add([item('d')]);
    vi.advanceTimersByTime(2_999);
    expect(announcements.filter((each) => each)).toEqual([[1, 'a']]);
    vi.advanceTimersByTime(1);
    expect(announcements.filter((each) => each)).toEqual([
      [1, 'a'],
      [3, 'd'],
    ]);
  });

  it('are cleared shortly before the next one, which may have the same text', () => {
    announcer.add([item('a')]);
    announcer.add([item('a')]);
    vi.advanceTimersByTime(2_800);
    expect(announcements).toEqual([[1, 'a']]);
    vi.advanceTimersByTime(100);
    expect(announcements).toEqual([[1, 'a'], null]);
    vi.advanceTimersByTime(100);
    expect(announcements).toEqual([[1, 'a'], null, [1, 'a']]);
  });

  it('are cleared when nothing follows, so that the same text is announced again', () => {
    announcer.add([item('a')]);
    vi.advanceTimersByTime(3_000);
    announcer.add([item('a')]);
    expect(announcements).toEqual([[1, 'a'], null, [1, 'a']]);
  });

  it('are at least three seconds apart, however much arrives', () => {
    const times: number[] = [];
    const other = new Announcer((batch) => batch && times.push(Date.now()));
    for (let step = 0; step < 100; step += 1) {
      other.add([item(String(step))]);
      vi.advanceTimersByTime(130);
    }
    other.stop();
    const between = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(times.length).toBeGreaterThan(3);
    expect(Math.min(...between)).toBeGreaterThanOrEqual(3_000);
  });

  it('end when the announcer is stopped', () => {
    announcer.add([item('a')]);
    announcer.add([item('b')]);
    announcer.stop();
    vi.advanceTimersByTime(10_000);
    expect(announcements).toEqual([[1, 'a']]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('are never empty', () => {
    announcer.add([]);
    expect([announcements.length, vi.getTimerCount()]).toEqual([0, 0]);
  });
});
