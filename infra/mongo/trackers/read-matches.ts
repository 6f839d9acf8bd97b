/**
 * Reads the followers of an object. A large fan-out reads so many that it must not deserialize each document: that takes
 * longer than everything else that the worker does for a follower.
 */
import { mongo, type QueryFilter } from 'mongoose';
import type { TrackerMatch } from '../../../core/model/entities.ts';
import { asMillis } from '../../../core/model/units.ts';
import { type TrackerDoc, type Trackers, toMatch } from './document.ts';

const { BSON } = mongo;
const { parseToElements } = BSON.onDemand;

/** What `toMatch` needs, except the key. The names differ in their first bytes. */
const FIELDS = { _id: 0, user: 1, verbs: 1, actorOnly: 1, createdAt: 1, since: 1 } as const;
const firstByteOf = (name: keyof typeof FIELDS): number => name.charCodeAt(0);
const firstBytes = {
  user: firstByteOf('user'),
  verbs: firstByteOf('verbs'),
  actorOnly: firstByteOf('actorOnly'),
  createdAt: firstByteOf('createdAt'),
  since: firstByteOf('since'),
};
const { string: STRING, array: ARRAY, bool: BOOLEAN, date: DATE } = BSON.BSONType;
const LENGTH_BYTES = 4;
const ZERO_BYTES = 1;
const EMPTY_ARRAY_BYTES = 5;
const ALL_VERBS: string[] = [];

/** Returns up to `limit` trackers of this key that match the filter, sorted by id. */
export async function readMatches(
  trackers: Trackers,
  key: string,
  filter: QueryFilter<TrackerDoc>,
  limit: number,
): Promise<TrackerMatch[]> {
  const query = trackers.find(filter, FIELDS).sort({ _id: 1 }).limit(limit).batchSize(limit);
  const documents = await query.setOptions({ raw: true }).lean<Uint8Array[]>();
  return documents.map((document) => readMatch(document, key));
}

/** As `toMatch`, for a document with those fields. Few trackers have verbs, so those are deserialized as usual. */
export function readMatch(document: Uint8Array, key: string): TrackerMatch {
  const bytes = Buffer.from(document.buffer, document.byteOffset, document.byteLength);
  let [user, actorOnly] = ['', false];
  let [createdAt, since]: [number, number | null] = [0, null];
  for (const [type, name, , value, length] of parseToElements(document)) {
    const first = bytes[name];
    if (type === STRING && first === firstBytes.user)
      user = bytes.toString('utf8', value + LENGTH_BYTES, value + length - ZERO_BYTES);
    else if (type === BOOLEAN && first === firstBytes.actorOnly) actorOnly = bytes[value] === 1;
    else if (type === DATE && first === firstBytes.createdAt) createdAt = Number(bytes.readBigInt64LE(value));
    else if (type === DATE && first === firstBytes.since) since = Number(bytes.readBigInt64LE(value));
    else if (type !== ARRAY || first !== firstBytes.verbs || length !== EMPTY_ARRAY_BYTES)
      return deserializeMatch(document, key);
  }
  return { user, key, verbs: ALL_VERBS, actorOnly, since: asMillis(since ?? createdAt) };
}

function deserializeMatch(document: Uint8Array, key: string): TrackerMatch {
  const { user, verbs, actorOnly, createdAt, since } = BSON.deserialize(document);
  return toMatch({ user, key, verbs, actorOnly, createdAt, since });
}
