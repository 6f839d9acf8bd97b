/** Tests that every position clock and invalidation store must pass, in memory and in Redis. */
import { beforeEach, describe, expect, it } from 'vitest';
import { asPosition } from '../../../core/model/units.ts';
import type { PositionClock } from '../../../core/ports/clock.ts';
import type { Invalidations } from '../../../core/ports/invalidations.ts';

export interface ClockAndInvalidations {
  clock: PositionClock;
  invalidations: Invalidations;
}

const space = 'default';

export function describeInvalidations(name: string, open: () => Promise<ClockAndInvalidations>): void {
  describe(name, () => {
    let ports: ClockAndInvalidations;
    beforeEach(async () => {
      ports = await open();
    });
    const now = () => ports.clock.now(space);
    const invalidatedSince = async (position: number) =>
      [...((await ports.invalidations.since(space, asPosition(position)))?.keys() ?? [])].sort();

    it('gives positions above all earlier ones', async () => {
      const first = await now();
      const writePosition = await ports.clock.begin(space, 'writer', ['ada']);
      expect(writePosition).toBeGreaterThan(first);
      expect(await now()).toBeGreaterThan(writePosition);
      expect(await ports.clock.watermark(space, 'ada')).toBe(writePosition - 1);
      await ports.clock.end(space, 'writer');
      const watermark = await ports.clock.watermark(space, 'ada');
      expect(await now()).toBeGreaterThan(watermark);
    });

    it('returns invalidations in progress, and ended ones to readers that started before', async () => {
      const before = await now();
      await ports.invalidations.begin(space, ['u:ada', 'a:1']);
      const between = await now();
      expect(await invalidatedSince(before)).toEqual(['a:1', 'u:ada']);
      expect(await invalidatedSince(between)).toEqual(['a:1', 'u:ada']);
      await ports.invalidations.end(space, ['u:ada']);
      expect(await invalidatedSince(between)).toEqual(['a:1', 'u:ada']);
      expect(await invalidatedSince(await now())).toEqual(['a:1']);
    });

    it('returns until when reads of a name are not current', async () => {
      const before = await now();
      await ports.invalidations.begin(space, ['u:ada', 'a:1']);
      const between = await now();
      await ports.invalidations.end(space, ['u:ada']);
      const after = await now();
      const until = await ports.invalidations.since(space, before);
      expect(until?.get('u:ada')).toBeGreaterThan(between);
      expect(until?.get('u:ada')).toBeLessThan(after);
      expect(until?.get('a:1')).toBeGreaterThan(after);
    });

    it('keeps a name invalid until the last of several writers ends', async () => {
      await ports.invalidations.begin(space, ['u:ada']);
      await ports.invalidations.begin(space, ['u:ada']);
      await ports.invalidations.end(space, ['u:ada']);
      expect(await invalidatedSince(await now())).toEqual(['u:ada']);
      await ports.invalidations.end(space, ['u:ada']);
      expect(await invalidatedSince(await now())).toEqual([]);
      // The counts start over for the next invalidation.
      await ports.invalidations.begin(space, ['u:ada']);
      await ports.invalidations.end(space, ['u:ada']);
      expect(await invalidatedSince(await now())).toEqual([]);
    });

    it('is isolated by space and forgets after ten minutes', async () => {
      await ports.invalidations.begin('other', ['u:ada']);
      const position = await now();
      expect(await invalidatedSince(position)).toEqual([]);
      expect(await ports.invalidations.since(space, asPosition(position - 601_000_000))).toBeNull();
      expect(await ports.invalidations.since(space, asPosition(position - 599_000_000))).toEqual(new Map());
    });

    it('accepts any number of names', async () => {
      const names = Array.from({ length: 2_500 }, (_, index) => `u:${String(index).padStart(4, '0')}`);
      const before = await now();
      await ports.invalidations.begin(space, names);
      await ports.invalidations.end(space, names);
      expect(await invalidatedSince(before)).toEqual(names);
      await ports.invalidations.begin(space, []);
    });
  });
}
