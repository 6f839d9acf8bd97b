/** Valid payloads for every event that clients send, with the principals that may send them. The type check fails if one is missing. */
import type { ClientEvent } from '../../../protocol/sockets.ts';
import type { Access, Subject, UserAccess } from './access.ts';

export interface SocketSample {
  /** Distinguishes several samples of an event. */
  what?: string;
  access: Access;
  /** The arguments before the acknowledgement. `token` is the socket's token. */
  send: (subject: Subject, token: string) => unknown[];
}

const START = '0000000000000000';
const sample = (access: Access, send: SocketSample['send'], what?: string): SocketSample => ({
  access,
  send,
  what,
});
const own = (scope: string): UserAccess => ({ scopes: [scope], concerns: 'subject' });
const self = (...scopes: string[]): UserAccess => ({ scopes, concerns: 'self' });

const logging: UserAccess = { ...own('log'), verb: 'did', names: true };
const action = ({ user, object }: Subject) => ({ actor: `user:${user}`, verb: 'did', targets: object });
const marking: SocketSample[] = [
  sample(self('feed'), ({ item }) => [{ ids: [item] }], 'by ids'),
  sample(self('feed'), () => [{ all: true }], 'all'),
  sample(self('feed'), () => [{ until: '2999-01-01T00:00:00Z' }], 'until a time'),
];

export const socketSamples: Readonly<Record<ClientEvent, readonly SocketSample[]>> = {
  log: [
    sample(logging, (subject) => [action(subject)]),
    sample(logging, (subject) => [[{ ...action(subject), targets: [], related: subject.object }]], 'a batch'),
    sample(logging, (subject) => [action(subject), { wait: true }], 'and waiting'),
    sample('service', (subject) => [{ ...action(subject), actor: 'user:bob' }], 'of another actor'),
    sample('service', (subject) => [{ ...action(subject), notify: ['cy'] }], 'with users to notify'),
  ],
  track: [
    sample({ ...own('track'), names: true }, ({ user, object }) => [{ to: object, user }]),
    sample({ ...self('track'), names: true }, ({ object }) => [{ to: object }], 'without a user'),
    sample(
      { ...own('track log'), names: true, verb: 'started tracking' },
      ({ user, object }) => [{ to: object, user, log: true }],
      'and logging it',
    ),
  ],
  untrack: [
    sample(own('track'), ({ user, object }) => [{ from: object, user }]),
    sample(self('track'), ({ object }) => [{ from: object }], 'without a user'),
    sample(
      { ...own('track log'), verb: 'stopped tracking' },
      ({ user, object }) => [{ from: object, user, log: true }],
      'and logging it',
    ),
  ],
  'feed:list': [
    sample(self('feed'), () => [{}]),
    sample(self('feed'), () => [{ includeOwn: true }], 'with own actions'),
  ],
  'feed:changes': [sample(self('feed'), () => [{ position: START }])],
  'feed:read': marking,
  'feed:unread': marking,
  'feed:seen': marking,
  watch: [
    sample({ scopes: ['feed'], concerns: 'object', names: true }, ({ object }) => [{ object }]),
    sample(
      { scopes: ['feed'], concerns: 'object', names: true },
      ({ object }) => [{ object, position: START }],
      'again',
    ),
  ],
  // A connection can only end its own watches.
  unwatch: [sample(self(), () => [{ watch: 'none' }])],
  event: [
    sample(own('log'), ({ user }) => [{ name: 'PageViewed', user }]),
    sample(
      { ...own('log'), names: true },
      ({ user, object }) => [{ name: 'PageViewed', user, related: object }],
      'about an object',
    ),
    sample(self('log'), () => [{ name: 'PageViewed' }], 'without a user'),
    sample('service', () => [{ name: 'PageViewed', user: null }], 'of nobody'),
  ],
  auth: [sample(self(), (_subject, token) => [{ token }])],
};
