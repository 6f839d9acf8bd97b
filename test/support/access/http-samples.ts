/**
 * Valid requests for every call of the HTTP API, by operation id, with the principals that may make them. The access
 * matrix fails if a call is missing.
 */
import type { Access, Subject, UserAccess } from './access.ts';

export interface HttpRequest {
  /** The values of the path's variables. */
  params?: Record<string, string>;
  query?: Record<string, string>;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface HttpSample {
  /** Distinguishes several samples of a call. */
  what?: string;
  access: Access;
  request: (subject: Subject) => HttpRequest;
}

type Request = HttpSample['request'];

const START = '0000000000000000';
const emptyRequest: Request = () => ({});
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
const logRequest =
  (more: object): Request =>
  (subject) => ({ body: { ...action(subject), ...more } });
/** Fields of an action that only a backend may set. */
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

const markRequest =
  (mark: Record<string, unknown>): Request =>
  ({ user }) => ({ params: { id: user }, body: mark });
const marking: HttpSample[] = [
  sample(own('feed'), ({ user, item }) => ({ params: { id: user }, body: { ids: [item] } }), 'by ids'),
  sample(own('feed'), markRequest({ all: true }), 'all'),
  sample(own('feed'), markRequest({ until: '2999-01-01T00:00:00Z' }), 'until a time'),
];

const trackRequest =
  (more: object = {}): Request =>
  ({ user, object }) => ({
    params: { id: user },
    body: { to: object, ...more },
  });
const untrackRequest =
  (more: object = {}): Request =>
  ({ user, object }) => ({
    params: { id: user },
    body: { from: object, ...more },
  });

const eventRequest =
  (more: (subject: Subject) => object): Request =>
  (subject) => ({
    body: { name: 'PageViewed', ...more(subject) },
  });
const FORWARDED_REQUEST = Buffer.from(
  JSON.stringify({ method: 'GET', path: '/', address: null, agent: null }),
);

export const httpSamples: Readonly<Record<string, readonly HttpSample[]>> = {
  logActions: [
    sample(logging, logRequest({})),
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
    ...forBackends.map(([what, more]) => sample('service', logRequest(more), what)),
  ],
  getAction: [sample(own('feed'), ofAction)],
  recallAction: [sample('service', ofAction)],
  renderActions: [
    sample(own('feed'), ({ action: id }) => ({ body: { ids: [id] } })),
    sample(own('feed'), ({ action: id, user }) => ({ body: { ids: [id], user, force: true } }), 'for a user'),
  ],
  listActions: [
    sample('service', emptyRequest),
    sample('service', ({ object }) => ({ query: { object } }), 'of an object'),
  ],
  listActionsOfObject: [sample(about, ofObject)],
  // A tracker's actions need the scopes of the tracker and of the feed.
  listActionsOfTracker: [sample(own('track', 'feed'), ofTracker)],
  objectDeleted: [
    sample('service', (subject) => ({ ...ofObject(subject), body: { actions: 'delete' } })),
    sample('service', ({ user }) => ({ params: { ref: `user:${user}` } }), 'a user'),
  ],
  track: [
    sample({ ...own('track'), names: true }, trackRequest()),
    sample(
      { ...own('track log'), names: true, verb: 'started tracking' },
      trackRequest({ log: true }),
      'and logging it',
    ),
  ],
  untrack: [
    sample(own('track'), untrackRequest()),
    sample(
      { ...own('track log'), verb: 'stopped tracking' },
      untrackRequest({ log: true }),
      'and logging it',
    ),
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
      eventRequest(({ user }) => ({ user })),
    ),
    sample(
      { ...own('log'), names: true },
      eventRequest(({ user, object }) => ({ user, related: object })),
      'about an object',
    ),
    sample(
      { scopes: ['log'], concerns: 'self' },
      eventRequest(() => ({})),
      'without a user',
    ),
    sample(
      'service',
      eventRequest(() => ({ user: null })),
      'of nobody',
    ),
    sample(
      'service',
      ({ user }) => ({
        body: { name: 'PageViewed', user },
        headers: { 'Hubbub-Request': FORWARDED_REQUEST.toString('base64url') },
      }),
      'about the request of another',
    ),
  ],
  listEvents: [
    sample(own('log'), ({ user }) => ({ query: { user } })),
    sample({ scopes: ['log'], concerns: 'self' }, emptyRequest, 'without a user'),
  ],
  listEventsOfObject: [sample(about, ofObject)],
  latestEvent: [sample(own('log'), ofUser)],
  eventStats: [sample(own('log'), ofUser)],
  listDeadLetters: [sample('service', emptyRequest)],
  retryDeadLetter: [sample('service', ofLetter)],
  discardDeadLetter: [sample('service', ofLetter)],
  liveness: [sample('anybody', emptyRequest)],
  readiness: [sample('anybody', emptyRequest)],
  metrics: [sample('anybody', emptyRequest)],
  openapi: [sample('anybody', emptyRequest)],
  docs: [sample('anybody', emptyRequest)],
};
