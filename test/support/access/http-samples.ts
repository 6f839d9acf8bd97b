/**
 * The calls of the HTTP API, each with valid requests and who may make them, by the operation's id. The access matrix fails
 * where a call is missing.
 */
import type { Access, Subject, UserAccess } from './access.ts';

export interface HttpRequest {
  /** What stands for the variables of the path. */
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface HttpSample {
  /** What is particular about this one of several samples of a call. */
  what?: string;
  access: Access;
  request: (subject: Subject) => HttpRequest;
}

type Request = HttpSample['request'];

const START = '0000000000000000';
const plain: Request = () => ({});
const ofUser: Request = ({ user }) => ({ params: { id: user } });
const ofObject: Request = ({ object }) => ({ params: { ref: object } });
const ofAction: Request = ({ action }) => ({ params: { id: action } });
const ofTracker: Request = ({ tracker }) => ({ params: { id: tracker } });
const ofLetter: Request = ({ letter }) => ({ params: { id: letter } });

const own = (...scopes: string[]): UserAccess => ({ scopes, concerns: 'subject' });
const about: UserAccess = { scopes: ['feed'], concerns: 'object', names: true };
const sample = (access: Access, request: Request, what?: string): HttpSample => ({ access, request, what });

const logging: UserAccess = { ...own('log'), verb: 'did', names: true };
const action = ({ user, object }: Subject) => ({ actor: `user:${user}`, verb: 'did', targets: object });
const logs =
  (more: object): Request =>
  (subject) => ({ body: { ...action(subject), ...more } });
/** What only a backend may say of an action. */
const forBackends = Object.entries({
  'of another actor': { actor: 'user:bob' },
  'of nobody': { actor: null },
  'with a timestamp': { timestamp: '2026-01-01T00:00:00Z' },
  'with users to notify': { notify: ['cy'] },
  'of a higher level': { level: 'ERROR' },
  'that joins old ones': { groupingDelay: 3_600 },
  'with a link': { url: 'https://elsewhere.example/' },
  'with buttons': { buttons: [{ id: 'ok', label: 'OK' }] },
  'under another name': { actor: { type: 'user', id: 'bob', name: 'Administrator' } },
});

const marks =
  (mark: Record<string, unknown>): Request =>
  ({ user }) => ({ params: { id: user }, body: mark });
const marking: HttpSample[] = [
  sample(own('feed'), ({ user, item }) => ({ params: { id: user }, body: { ids: [item] } }), 'by ids'),
  sample(own('feed'), marks({ all: true }), 'all'),
  sample(own('feed'), marks({ until: '2999-01-01T00:00:00Z' }), 'until a time'),
];

const tracks =
  (more: object = {}): Request =>
  ({ user, object }) => ({
    params: { id: user },
    body: { to: object, ...more },
  });
const untracks =
  (more: object = {}): Request =>
  ({ user, object }) => ({
    params: { id: user },
    body: { from: object, ...more },
  });

const event =
  (more: (subject: Subject) => object): Request =>
  (subject) => ({
    body: { name: 'PageViewed', ...more(subject) },
  });
const TOLD = Buffer.from(JSON.stringify({ method: 'GET', path: '/', address: null, agent: null }));

export const httpSamples: Readonly<Record<string, readonly HttpSample[]>> = {
  logActions: [
    sample(logging, logs({})),
    sample(
      logging,
      (subject) => ({ body: { ...action(subject), targets: [], related: subject.object } }),
      'related',
    ),
    sample(logging, (subject) => ({ body: { actions: [action(subject)] } }), 'a batch'),
    sample(logging, (subject) => ({ body: action(subject), query: { wait: '1' } }), 'and waiting'),
    sample(
      logging,
      (subject) => ({ body: action(subject), headers: { 'Idempotency-Key': `key of ${subject.object}` } }),
      'once',
    ),
    ...forBackends.map(([what, more]) => sample('service', logs(more), what)),
  ],
  getAction: [sample(own('feed'), ofAction)],
  recallAction: [sample('service', ofAction)],
  renderActions: [
    sample(own('feed'), ({ action: id }) => ({ body: { ids: [id] } })),
    sample(own('feed'), ({ action: id, user }) => ({ body: { ids: [id], user, force: true } }), 'for a user'),
  ],
  listActions: [
    sample('service', plain),
    sample('service', ({ object }) => ({ query: { object } }), 'of an object'),
  ],
  listActionsOfObject: [sample(about, ofObject)],
  // A tracker's actions belong to the tracker, and are those of the feed.
  listActionsOfTracker: [sample(own('track', 'feed'), ofTracker)],
  objectDeleted: [
    sample('service', (subject) => ({ ...ofObject(subject), body: { actions: 'delete' } })),
    sample('service', ({ user }) => ({ params: { ref: `user:${user}` } }), 'a user'),
  ],
  track: [
    sample({ ...own('track'), names: true }, tracks()),
    sample(
      { ...own('track log'), names: true, verb: 'started tracking' },
      tracks({ log: true }),
      'and logging it',
    ),
  ],
  untrack: [
    sample(own('track'), untracks()),
    sample({ ...own('track log'), verb: 'stopped tracking' }, untracks({ log: true }), 'and logging it'),
  ],
  trackMany: [
    sample({ ...own('track'), names: true }, ({ user, object }) => ({
      body: { trackers: [{ user, to: object }] },
    })),
    sample(
      'service',
      ({ user, object }) => ({
        body: {
          trackers: [
            { user, to: object },
            { user: 'cy', to: object },
          ],
        },
      }),
      'for several users',
    ),
  ],
  listTrackersOfUser: [sample(own('track'), ofUser)],
  listTrackedByUser: [sample(own('track'), ofUser)],
  listTrackersOfObject: [sample('service', ofObject)],
  listUsersTracking: [sample('service', ofObject)],
  listFeed: [
    sample(own('feed'), ofUser),
    sample(
      own('feed'),
      (subject) => ({ ...ofUser(subject), query: { includeOwn: '1' } }),
      'with own actions',
    ),
  ],
  feedChanges: [sample(own('feed'), (subject) => ({ ...ofUser(subject), query: { position: START } }))],
  feedCounts: [sample(own('feed'), ofUser)],
  markRead: marking,
  markUnread: marking,
  markSeen: marking,
  createEvent: [
    sample(
      own('log'),
      event(({ user }) => ({ user })),
    ),
    sample(
      { ...own('log'), names: true },
      event(({ user, object }) => ({ user, related: object })),
      'about an object',
    ),
    sample(
      { scopes: ['log'], concerns: 'self' },
      event(() => ({})),
      'without a user',
    ),
    sample(
      'service',
      event(() => ({ user: null })),
      'of nobody',
    ),
    sample(
      'service',
      ({ user }) => ({
        body: { name: 'PageViewed', user },
        headers: { 'Hubbub-Request': TOLD.toString('base64url') },
      }),
      'about the request of another',
    ),
  ],
  listEvents: [
    sample(own('log'), ({ user }) => ({ query: { user } })),
    sample({ scopes: ['log'], concerns: 'self' }, plain, 'without a user'),
  ],
  listEventsOfObject: [sample(about, ofObject)],
  latestEvent: [sample(own('log'), ofUser)],
  eventStats: [sample(own('log'), ofUser)],
  listDeadLetters: [sample('service', plain)],
  retryDeadLetter: [sample('service', ofLetter)],
  discardDeadLetter: [sample('service', ofLetter)],
  liveness: [sample('anybody', plain)],
  readiness: [sample('anybody', plain)],
  metrics: [sample('anybody', plain)],
  openapi: [sample('anybody', plain)],
  docs: [sample('anybody', plain)],
};
