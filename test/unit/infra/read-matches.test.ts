import fc from 'fast-check';
import { mongo } from 'mongoose';
import { expect, test } from 'vitest';
import { toMatch } from '../../../infra/mongo/trackers/document.ts';
import { readMatch } from '../../../infra/mongo/trackers/read-matches.ts';

const { BSON } = mongo;
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const date = fc.date({ noInvalidDate: true });
const fields = {
  user: text,
  verbs: fc.array(text, { maxLength: 2 }),
  actorOnly: fc.boolean(),
  createdAt: date,
};
const tracker = fc.oneof(fc.record(fields), fc.record({ ...fields, since: fc.option(date) }));

test('a tracker is read from its bytes as if it were deserialized', () => {
  fc.assert(
    fc.property(tracker, text, fc.nat(20), (stored, key, offset) => {
      const bytes = BSON.serialize(stored);
      // The documents of a response are parts of its bytes.
      const response = Buffer.concat([Buffer.alloc(offset), bytes, Buffer.alloc(7)]);
      const document = response.subarray(offset, offset + bytes.length);
      const { verbs } = stored;
      expect(readMatch(document, key)).toEqual(toMatch({ since: undefined, ...stored, verbs, key }));
    }),
  );
});
