/** Socket events that are not calls of the HTTP API: they concern the connection itself. */
import type { z } from 'zod';
import { unwatchInput, watchInput } from '../../protocol/schemas/action-queries.ts';
import { authInput } from '../../protocol/schemas/calls.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { parseOrThrow } from '../error-mapping.ts';
import { type Cost, call, largeCall } from '../limits/costs.ts';
import { type Access, aboutObject } from './access.ts';
import type { SocketCall } from './call.ts';
import { subject } from './examples.ts';
import type { SocketVariant } from './operation.ts';

interface SocketEvent {
  event: ClientEvent;
  cost: Cost;
  access: Access;
  /** A valid payload. */
  example: unknown;
  describes: SocketVariant['describes'];
  run(call: SocketCall, payload: unknown): Promise<unknown>;
}

const defineSocketEvent = <Input>(
  definition: Omit<SocketEvent, 'run'> & {
    payload: z.ZodType<Input>;
    run(call: SocketCall, payload: Input): Promise<unknown>;
  },
): SocketEvent => ({
  ...definition,
  run: async (call, payload) => await definition.run(call, parseOrThrow(definition.payload, payload)),
});

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
