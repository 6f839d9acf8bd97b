/** The participants of a run and their roles. They depend only on the options. */
import type { ModelObject, ModelTracker } from '../../dev/model/feed.ts';
import type { Options } from '../options.ts';
import type { Random } from '../random.ts';

const PROJECTS = 40;
const TOPICS = 20;
/** Documents and notes of each actor. Only the actor itself uses them, so that the order of its requests decides. */
export const DOCUMENTS = 3;
const DAY_MS = 86_400_000;

export interface Participants {
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

export function createParticipants({ users: count, actors, clients }: Options): Participants {
  const users = Array.from({ length: count }, (_, index) => `u${index}`);
  const reversed = users.toReversed();
  const [raw, pollers] = [Math.ceil(count / 20), Math.ceil(count / 40)];
  return {
    users,
    actors: users.slice(0, actors),
    sdk: reversed.slice(0, clients),
    raw: reversed.slice(clients, clients + raw),
    pollers: reversed.slice(clients + raw, clients + raw + pollers),
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
 * The initial trackers of a user: a few actors, projects, documents, and the class of documents. Their `since` is before
 * all actions, so that they never deliver an item as read.
 */
export function startingTrackers(participants: Participants, random: Random, now: number): ModelTracker[] {
  const since = now - DAY_MS;
  const defaults = { verbs: [], actorOnly: false, createdAt: since, since };
  const trackers: ModelTracker[] = random
    .sample(participants.actors, 3)
    .map((id) => ({ ...defaults, actorOnly: true, tracked: { type: 'user', id } }));
  if (random.chance(0.4)) {
    for (const tracked of random.sample(participants.projects, 2)) {
      trackers.push({ ...defaults, tracked, verbs: random.chance(0.3) ? ['posted', 'closed'] : [] });
    }
  }
  if (random.chance(0.2)) {
    trackers.push({
      ...defaults,
      tracked: documentOf(random.pick(participants.actors), random.int(0, DOCUMENTS - 1)),
    });
  }
  if (random.chance(0.05)) trackers.push({ ...defaults, tracked: { type: 'doc' }, verbs: ['edited'] });
  return trackers;
}
