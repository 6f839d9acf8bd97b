import fc from 'fast-check';
import { mongo } from 'mongoose';
import { expect, test } from 'vitest';
import { type ItemGroup, itemsOf } from '../../../core/model/item-groups.ts';
import { asMillis, asPosition } from '../../../core/model/units.ts';
import { toDoc } from '../../../infra/mongo/items/document.ts';
import { serializeItems } from '../../../infra/mongo/items/serialize.ts';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const number = fc.oneof(fc.nat(), fc.maxSafeNat());
const group: fc.Arbitrary<ItemGroup> = fc.record({
  action: text,
  at: fc.integer({ min: -8_640_000_000_000, max: 8_640_000_000_000 }).map(asMillis),
  position: number.map(asPosition),
  deliveredPosition: number.map(asPosition),
  version: number,
  unread: fc.boolean(),
  seen: fc.boolean(),
  users: fc.array(text, { minLength: 1, maxLength: 5 }),
});

test('items of a group are serialized together exactly as each one would be', () => {
  fc.assert(
    fc.property(fc.array(group, { maxLength: 4 }), (groups) => {
      const each = itemsOf(groups).map((item) => mongo.BSON.serialize(toDoc(item)));
      expect(Buffer.compare(serializeItems(groups), Buffer.concat(each))).toBe(0);
    }),
  );
});
