/**
 * Valid requests for every call of the HTTP API, by operation id, with the principals that may make them: the example of each
 * operation, and variants that need more.
 */
import { own, type UserAccess } from '../../../server/operations/access.ts';
import { operations } from '../../../server/operations/operations.ts';
import { serviceCalls } from '../../../server/operations/service-calls.ts';
import { type Access, exampleAbout, type Subject } from './access.ts';

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

const ofUser: Request = ({ user }) => ({ params: { id: user } });

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

const named = (ref: string) => {
  const [type, id] = ref.split(':');
  return { type, id, name: 'Renamed' };
};

/** Calls that differ from the example of their operation, so that other rules apply, or the same. */
const variants: Readonly<Record<string, readonly HttpSample[]>> = {
  logActions: [
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
  renderActions: [
    sample(own('feed'), ({ action: id, user }) => ({ body: { ids: [id], user, force: true } }), 'for a user'),
  ],
  listActions: [sample('service', ({ object }) => ({ query: { object } }), 'of an object')],
  registerObjects: [
    sample(
      'service',
      ({ user, object }) => ({ body: { objects: [named(object), named(`user:${user}`)] } }),
      'a user',
    ),
  ],
  objectDeleted: [sample('service', ({ user }) => ({ params: { ref: `user:${user}` } }), 'a user')],
  track: [
    sample(
      { ...own('track log'), names: true, verb: 'started tracking' },
      trackRequest({ log: true }),
      'and logging it',
    ),
  ],
  untrack: [
    sample(
      { ...own('track log'), verb: 'stopped tracking' },
      untrackRequest({ log: true }),
      'and logging it',
    ),
  ],
  trackMany: [
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
  listFeed: [
    sample(
      own('feed'),
      (subject) => ({ ...ofUser(subject), query: { includeOwn: '1' } }),
      'with own actions',
    ),
  ],
  markRead: marking,
  markUnread: marking,
  markSeen: marking,
  archiveItems: marking,
  unarchiveItems: marking,
  createEvent: [
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
  listEvents: [sample({ scopes: ['log'], concerns: 'self' }, () => ({}), 'without a user')],
};

const examples: Array<[id: string, HttpSample]> = [
  ...operations.map(({ id, access, example: { path: params, ...request } }): [string, HttpSample] => [
    id,
    sample(access, (subject) => exampleAbout({ params, ...request }, subject)),
  ]),
  ...serviceCalls.map(({ id }): [string, HttpSample] => [id, sample('anybody', () => ({}))]),
];

const unknown = Object.keys(variants).filter((id) => !examples.some(([known]) => known === id));
if (unknown.length > 0) throw new Error(`there is no operation ${unknown}`);

export const httpSamples: Readonly<Record<string, readonly HttpSample[]>> = Object.fromEntries(
  examples.map(([id, example]) => [id, [example, ...(variants[id] ?? [])]]),
);
