import { unwatchInput, watchInput } from '../../protocol/schemas/action-queries.ts';
import { authInput } from '../../protocol/schemas/calls.ts';
import { call, largeCall } from '../limits/costs.ts';
import { aboutObject } from './access.ts';
import { subject } from './examples.ts';
import { defineSocketEvent, type SocketEvent } from './socket-event.ts';

/** Events about the connection itself. */
export const socketEvents: readonly SocketEvent[] = [
  defineSocketEvent({
    event: 'watch',
    cost: largeCall(3),
    access: aboutObject,
    payload: watchInput,
    example: { object: subject.object },
    describes: [
      '`{ object, verbs?, actorOnly?, since?, limit?, position? }`',
      '`{ watch, items, position }`',
      'Returns the actions of an object and pushes new ones, without a stored tracker.',
    ],
    run: ({ watchManager, socket }, input) => watchManager.start(socket, input),
  }),
  defineSocketEvent({
    event: 'unwatch',
    cost: call(1),
    // A connection can only end its own watches.
    access: { scopes: [], concerns: 'self' },
    payload: unwatchInput,
    example: { watch: 'none' },
    describes: ['`{ watch }`', '`{}`', 'Ends a watch.'],
    async run({ watchManager, socket }, { watch }) {
      watchManager.stop(socket, watch);
      return {};
    },
  }),
  defineSocketEvent({
    event: 'auth',
    cost: call(1),
    access: { scopes: [], concerns: 'self' },
    payload: authInput,
    example: { token: subject.token },
    describes: ['`{ token }`', '`{ expiresAt }`', 'Renews the token.'],
    run: ({ renew }, { token }) => renew(token),
  }),
];
