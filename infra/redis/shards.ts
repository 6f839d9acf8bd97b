/**
 * Divides what the hub keeps in Redis (decision 52). The shards spread evenly over the slots of a cluster: if there are n, each is
 * in another n-th of them. Masters usually serve contiguous slots, so each of them gets about as many shards.
 */
import { hash32 } from '../../core/model/keys.ts';
import { FIRST_SHARD, Shard } from './keys.ts';

const SLOTS = 16_384;

/** The shards of a hub. Two processes that use the same number have the same ones. */
export class Shards {
  readonly all: readonly Shard[];

  constructor(count: number) {
    // The name of the first shard does not depend on the number, so that every process finds its epoch there.
    const offset = Math.floor((slotOf('hubbub') * count) / SLOTS);
    const others = Array.from({ length: count - 1 }, (_, index) => {
      return new Shard(`{${tagIn((offset + index + 1) % count, count)}}`);
    });
    this.all = [FIRST_SHARD, ...others];
  }

  get count(): number {
    return this.all.length;
  }

  /** The shard of a space, or of another name. */
  of(space: string): Shard {
    return this.all[hash32(space) % this.all.length] ?? FIRST_SHARD;
  }
}

/** Returns a tag whose slot is in this one of so many equal ranges. */
function tagIn(range: number, count: number): string {
  for (let number = 0; ; number += 1) {
    const tag = `hubbub:${range}.${number}`;
    if (Math.floor((slotOf(tag) * count) / SLOTS) === range) return tag;
  }
}

/** The slot of a key with this tag: CRC16 (XMODEM), as the specification of Redis Cluster says. For ASCII only. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (let index = 0; index < tag.length; index += 1) {
    crc ^= tag.charCodeAt(index) << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return (crc & 0xffff) % SLOTS;
}
