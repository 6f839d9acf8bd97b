/** Who takes part in a run, and in what role. All of it follows from the options. */
import type { ModelObject, ModelTracker } from '../../dev/model/feed.ts';
import type { Options } from '../options.ts';
import type { Random } from '../random.ts';

const PROJECTS = 40;
const TOPICS = 20;
/** Documents and notes of each actor: only the actor itself names them, so that the order of what it says decides. */
export const DOCUMENTS = 3;
const DAY_MS = 86_400_000;

export interface Cast {
  users: string[];
  actors: string[];
  /** Users of SDK clients, of raw socket clients, and of pollers. */
  sdk: string[];
  raw: string[];
  pollers: string[];
  /** Users who mark, track and untrack over HTTP. */
  busy: string[];
  projects: ModelObject[];
  topics: ModelObject[];
}

const numbered = (type: string, count: number): ModelObject[] =>
  Array.from({ length: count }, (_, index) => ({ type, id: `${type[0]}${index}` }));

export function castOf({ users: count, actors, clients }: Options): Cast {
  const users = Array.from({ length: count }, (_, index) => `u${index}`);
  const back = users.toReversed();
  const [raw, pollers] = [Math.ceil(count / 20), Math.ceil(count / 40)];
  return {
    users,
    actors: users.slice(0, actors),
    sdk: back.slice(0, clients),
    raw: back.slice(clients, clients + raw),
    pollers: back.slice(clients + raw, clients + raw + pollers),
    busy: users.filter((_, index) => index % 4 === 1),
    projects: numbered('project', PROJECTS),
    topics: numbered('topic', TOPICS),
  };
}

export const documentOf = (actor: string, index: number): ModelObject => ({
  type: 'doc',
  id: `${actor}-${index}`,
});

/**
 * What a user tracks from the start: a few actors, projects, documents, the class of documents. `since` is before
 * everything, so that these alone never make an item arrive read.
 */
export function startingTrackers(cast: Cast, random: Random, now: number): ModelTracker[] {
  const since = now - DAY_MS;
  const all = { verbs: [], actorOnly: false, createdAt: since, since };
  const trackers: ModelTracker[] = random
    .some(cast.actors, 3)
    .map((id) => ({ ...all, actorOnly: true, tracked: { type: 'user', id } }));
  if (random.chance(0.4)) {
    for (const tracked of random.some(cast.projects, 2)) {
      trackers.push({ ...all, tracked, verbs: random.chance(0.3) ? ['posted', 'closed'] : [] });
    }
  }
  if (random.chance(0.2)) {
    trackers.push({ ...all, tracked: documentOf(random.pick(cast.actors), random.int(0, DOCUMENTS - 1)) });
  }
  if (random.chance(0.05)) trackers.push({ ...all, tracked: { type: 'doc' }, verbs: ['edited'] });
  return trackers;
}
