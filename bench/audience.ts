/** Creates many trackers, as the hub stores them but without a request for each. */
import mongoose from 'mongoose';
import type { StoredTracker } from '../core/model/entities.ts';
import { keyOf, trackerId } from '../core/model/keys.ts';
import { FIRST_POSITION, wallClock } from '../core/model/units.ts';
import { MongoSpaces } from '../infra/mongo/spaces.ts';
import type { BenchEnvironment } from './environment.ts';

const BATCH_SIZE = 1_000;

interface Follower {
  user: string;
  object: { type: string; id: string };
}

/** The followers of an object. Their ids are numbered. */
export interface Audience {
  object: { type: string; id: string };
  /** The object as a ref in an action. */
  ref: string;
  size: number;
  user(n: number): string;
}

const created = new WeakMap<BenchEnvironment, Map<string, Promise<Audience>>>();

/** An object with this many followers. Sections that need the same size share it. */
export function audienceOf(environment: BenchEnvironment, size: number): Promise<Audience> {
  const audiences = created.get(environment) ?? new Map<string, Promise<Audience>>();
  created.set(environment, audiences);
  const id = `audience-${size}`;
  const known = audiences.get(id);
  if (known !== undefined) return known;
  const object = { type: 'project', id };
  const user = (n: number) => `${id}-${String(n).padStart(7, '0')}`;
  const followers = Array.from({ length: size }, (_, n) => ({ user: user(n), object }));
  const creating = createTrackers(environment, followers).then(() => ({
    object,
    ref: keyOf(object),
    size,
    user,
  }));
  audiences.set(id, creating);
  return creating;
}

export async function createTrackers(
  environment: BenchEnvironment,
  followers: readonly Follower[],
): Promise<void> {
  const connection = await mongoose
    .createConnection(environment.env.MONGODB_URI, { autoIndex: false })
    .asPromise();
  try {
    const { trackers } = await new MongoSpaces(connection, environment.env.MONGODB_URI).writer('default');
    const createdAt = wallClock();
    const toTracker = ({ user, object }: Follower): StoredTracker => ({
      id: trackerId(user, keyOf(object)),
      user,
      tracked: object,
      verbs: [],
      actorOnly: false,
      createdAt,
      since: createdAt,
    });
    for (let first = 0; first < followers.length; first += BATCH_SIZE) {
      const batch = followers.slice(first, first + BATCH_SIZE).map(toTracker);
      await trackers.put(batch, async () => FIRST_POSITION);
    }
  } finally {
    await connection.close();
  }
}
