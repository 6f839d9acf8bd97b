/** Valid payloads for every event that clients send, with the principals that may send them: examples, and variants that need more. */
import { own, type UserAccess } from '../../../server/operations/access.ts';
import { subject as named } from '../../../server/operations/examples.ts';
import type { Operation } from '../../../server/operations/operation.ts';
import { operations } from '../../../server/operations/operations.ts';
import { socketEvents } from '../../../server/operations/socket-events.ts';
import { type Access, exampleAbout, type Subject } from './access.ts';

export interface SocketSample {
  /** Distinguishes several samples of an event. */
  what?: string;
  access: Access;
  /** The arguments before the acknowledgement. `token` is the socket's token. */
  send: (subject: Subject, token: string) => unknown[];
}

const sample = (access: Access, send: SocketSample['send'], what?: string): SocketSample => ({
  access,
  send,
  what,
});
const self = (...scopes: string[]): UserAccess => ({ scopes, concerns: 'self' });

const logging: UserAccess = { ...own('log'), verb: 'did', names: true };
const action = ({ user, object }: Subject) => ({ actor: `user:${user}`, verb: 'did', targets: object });
const marking: SocketSample[] = [
  sample(self('feed'), () => [{ all: true }], 'all'),
  sample(self('feed'), () => [{ until: '2999-01-01T00:00:00Z' }], 'until a time'),
];

/** Events that differ from the example of their operation, so that other rules apply, or the same. */
const variants: Readonly<Record<string, readonly SocketSample[]>> = {
  log: [
    sample(logging, (subject) => [[{ ...action(subject), targets: [], related: subject.object }]], 'a batch'),
    sample(logging, (subject) => [action(subject), { wait: true }], 'and waiting'),
    sample('service', (subject) => [{ ...action(subject), actor: 'user:bob' }], 'of another actor'),
    sample('service', (subject) => [{ ...action(subject), notify: ['cy'] }], 'with users to notify'),
  ],
  track: [
    sample({ ...self('track'), names: true }, ({ object }) => [{ to: object }], 'without a user'),
    sample(
      { ...own('track log'), names: true, verb: 'started tracking' },
      ({ user, object }) => [{ to: object, user, log: true }],
      'and logging it',
    ),
  ],
  untrack: [
    sample(self('track'), ({ object }) => [{ from: object }], 'without a user'),
    sample(
      { ...own('track log'), verb: 'stopped tracking' },
      ({ user, object }) => [{ from: object, user, log: true }],
      'and logging it',
    ),
  ],
  'feed:list': [
    sample(self('feed'), () => [{ includeOwn: true }], 'with own actions'),
    sample(self('feed'), () => [{ state: 'all' }], 'in every state'),
  ],
  'feed:read': marking,
  'feed:unread': marking,
  'feed:seen': marking,
  'feed:archive': marking,
  'feed:unarchive': marking,
  watch: [
    sample(
      { scopes: ['feed'], concerns: 'object', names: true },
      ({ object }) => [{ object, position: '0000000000000000' }],
      'again',
    ),
  ],
  event: [
    sample(
      { ...own('log'), names: true },
      ({ user, object }) => [{ name: 'PageViewed', user, related: object }],
      'about an object',
    ),
    sample(self('log'), () => [{ name: 'PageViewed' }], 'without a user'),
    sample('service', () => [{ name: 'PageViewed', user: null }], 'of nobody'),
  ],
};

function exampleOf({ access, example, socket, parameters }: Operation): SocketSample {
  const payload = example.query ?? example.body ?? {};
  if (socket?.namesUser) {
    return sample(access, (subject) => [{ ...exampleAbout(payload as object, subject), user: subject.user }]);
  }
  if (socket?.namesItem) {
    const withItem = { item: named.item, ...(payload as object) };
    return sample(access, (subject) => [exampleAbout(withItem, subject)]);
  }
  const isOwn = access !== 'service' && 'user' in parameters;
  return sample(isOwn ? { ...access, concerns: 'self' } : access, (subject) => [
    exampleAbout(payload, subject),
  ]);
}

const examples: Array<[event: string, SocketSample]> = [
  ...operations.flatMap(
    (operation): Array<[string, SocketSample]> =>
      operation.socket ? [[operation.socket.event, exampleOf(operation)]] : [],
  ),
  ...socketEvents.map(({ event, access, example }): [string, SocketSample] => [
    event,
    sample(access, (subject, token) => [exampleAbout(example, { ...subject, token })]),
  ]),
];

const unknown = Object.keys(variants).filter((event) => !examples.some(([known]) => known === event));
if (unknown.length > 0) throw new Error(`there is no event ${unknown}`);

export const socketSamples: Readonly<Record<string, readonly SocketSample[]>> = Object.fromEntries(
  examples.map(([event, example]) => [event, [example, ...(variants[event] ?? [])]]),
);
