import { describe, expect, it } from 'vitest';
import { Shards, slotOf } from '../../../infra/redis/shards.ts';

const SLOTS = 16_384;

/** The slots of the shards' tags. */
const slotsOf = (count: number): number[] =>
  new Shards(count).all.map(({ prefix }) => slotOf(prefix.slice(1, -1)));

it('the slot of a tag is that of Redis', () => {
  // The example of the specification, and values of CLUSTER KEYSLOT.
  expect(slotOf('123456789')).toBe(0x31c3);
  expect(slotOf('hubbub')).toBe(5_746);
  expect(slotOf('foo')).toBe(12_182);
});

describe('the shards', () => {
  it('of one are all in the keys of older hubs', () => {
    const [only, ...others] = new Shards(1).all;
    expect(others).toEqual([]);
    expect(only?.prefix).toBe('{hubbub}');
    expect(new Shards(1).of('acme')).toBe(only);
  });

  it('are each in another of as many equal ranges of slots', () => {
    for (let count = 1; count <= 64; count += 1) {
      const ranges = slotsOf(count).map((slot) => Math.floor((slot * count) / SLOTS));
      expect(new Set(ranges).size).toBe(count);
    }
  });

  it.each([3, 5, 8])('give each of %d masters about as many', (masters) => {
    const size = SLOTS / masters;
    for (const count of [masters, 2 * masters, 8, 16, 64]) {
      if (count < masters) continue;
      const perMaster = Array.from({ length: masters }, () => 0);
      for (const slot of slotsOf(count)) {
        const master = Math.floor(slot / size);
        perMaster[master] = (perMaster[master] ?? 0) + 1;
      }
      expect(Math.min(...perMaster)).toBeGreaterThanOrEqual(Math.max(1, Math.floor(count / masters) - 1));
      expect(Math.max(...perMaster)).toBeLessThanOrEqual(Math.ceil(count / masters) + 1);
    }
  });

  it('keep their names and their spaces, because another version would not find its data', () => {
    expect(new Shards(4).all.map(({ prefix }) => prefix)).toEqual([
      '{hubbub}',
      '{hubbub:2.0}',
      '{hubbub:3.2}',
      '{hubbub:0.0}',
    ]);
    const prefixes = ['default', 'acme', 'globex', 'initech'].map((space) => new Shards(8).of(space).prefix);
    expect(prefixes).toEqual(['{hubbub:0.0}', '{hubbub:1.10}', '{hubbub:0.0}', '{hubbub:3.0}']);
  });

  it('share the spaces evenly', () => {
    const shards = new Shards(8);
    const counts = new Map(shards.all.map((shard) => [shard, 0]));
    for (let index = 0; index < 8_000; index += 1) {
      const shard = shards.of(`tenant-${index}`);
      counts.set(shard, (counts.get(shard) ?? 0) + 1);
    }
    for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(100);
  });
});
