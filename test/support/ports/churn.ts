/** What is asked of the clock and of what tells what churns, in memory or in Redis. */
import { beforeEach, describe, expect, it } from 'vitest';
import type { Churn, PositionClock } from '../../../core/ports/bus.ts';

export interface Told {
  clock: PositionClock;
  churn: Churn;
}

const space = 'default';

export function isChurn(name: string, open: () => Promise<Told>): void {
  describe(name, () => {
    let told: Told;
    beforeEach(async () => {
      told = await open();
    });
    const now = () => told.clock.now(space);
    const since = async (position: number) => (await told.churn.since(space, position))?.sort();

    it('gives positions above all others', async () => {
      const first = await now();
      const begun = await told.clock.begin(space, 'writer', ['ada']);
      expect(begun).toBeGreaterThan(first);
      expect(await now()).toBeGreaterThan(begun);
      expect(await told.clock.horizon(space, 'ada')).toBe(begun - 1);
      await told.clock.end(space, 'writer');
      const horizon = await told.clock.horizon(space, 'ada');
      expect(await now()).toBeGreaterThan(horizon);
    });

    it('tells of what is being taken away to whoever asks, and of what was to who began before', async () => {
      const before = await now();
      await told.churn.begin(space, ['u:ada', 'a:1']);
      const between = await now();
      expect(await since(before)).toEqual(['a:1', 'u:ada']);
      expect(await since(between)).toEqual(['a:1', 'u:ada']);
      await told.churn.done(space, ['u:ada']);
      expect(await since(between)).toEqual(['a:1', 'u:ada']);
      expect(await since(await now())).toEqual(['a:1']);
    });

    it('counts a name until the last of several is done', async () => {
      await told.churn.begin(space, ['u:ada']);
      await told.churn.begin(space, ['u:ada']);
      await told.churn.done(space, ['u:ada']);
      expect(await since(await now())).toEqual(['u:ada']);
      await told.churn.done(space, ['u:ada']);
      expect(await since(await now())).toEqual([]);
      // Nor is anything owed to the next one.
      await told.churn.begin(space, ['u:ada']);
      await told.churn.done(space, ['u:ada']);
      expect(await since(await now())).toEqual([]);
    });

    it('knows nothing of other spaces, and not what was ten minutes ago', async () => {
      await told.churn.begin('other', ['u:ada']);
      const position = await now();
      expect(await since(position)).toEqual([]);
      expect(await told.churn.since(space, position - 601_000_000)).toBeNull();
      expect(await told.churn.since(space, position - 599_000_000)).toEqual([]);
    });

    it('takes any number of names', async () => {
      const names = Array.from({ length: 2_500 }, (_, index) => `u:${String(index).padStart(4, '0')}`);
      const before = await now();
      await told.churn.begin(space, names);
      await told.churn.done(space, names);
      expect(await since(before)).toEqual(names);
      await told.churn.begin(space, []);
    });
  });
}
