/** The handlers of client events: those of operations, and those about the connection itself. */
import { z } from 'zod';
import type { Principal } from '../../core/access/principal.ts';
import { userIdOf } from '../../core/access/users.ts';
import { invalid } from '../../core/errors.ts';
import { userOfItem } from '../../core/model/keys.ts';
import { itemId } from '../../protocol/schemas/calls.ts';
import { user as userSchema } from '../../protocol/schemas/refs.ts';
import type { WatchManager } from '../delivery/watch-manager.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Admission } from '../limits/admission.ts';
import type { Cost } from '../limits/costs.ts';
import { isThrottled } from '../limits/payload-throttle.ts';
import { Completion, type SocketCall } from '../operations/call.ts';
import type { Operation, SocketVariant } from '../operations/operation.ts';
import { operations } from '../operations/operations.ts';
import { socketEvents } from '../operations/socket-events.ts';
import type { Services } from '../services.ts';
import { LogOrder } from './log-order.ts';
import type { HubSocket } from './types.ts';

interface ReceivedEvent {
  socket: HubSocket;
  /** The socket's principal, extended with this call. */
  principal: Principal;
  payload: unknown;
  /** The second argument, if there was one. */
  options: unknown;
}

interface EventHandler {
  cost: Cost;
  handle(event: ReceivedEvent): Promise<unknown>;
}

export type EventHandlers = ReadonlyMap<string, EventHandler>;

const noOptions = z.undefined('takes no second argument');

export function eventHandlers(
  services: Services,
  watchManager: WatchManager,
  admission: Pick<Admission, 'waitToRead'>,
  renew: (socket: HubSocket, token: string) => Promise<{ expiresAt: string }>,
): EventHandlers {
  const logOrder = new LogOrder();
  const socketCallOf = (name: string, { socket, principal, options }: ReceivedEvent): SocketCall => ({
    services,
    principal,
    locale: socket.data.locale,
    wait: false,
    key: () => undefined,
    origin: socket.id,
    request() {
      const { address = null, agent = null } = socket.data.peer ?? {};
      return { method: 'SOCKET', path: name, address, agent };
    },
    socket,
    options,
    watchManager,
    logOrder,
    async waitToRead(onWait) {
      const { call } = principal;
      if (!call || !isThrottled(principal)) return;
      const { signal, bytes } = call;
      await admission.waitToRead(principal, { bytes: bytes ?? 0, isInMemory: true, signal, onWait });
    },
    renew: (token) => renew(socket, token),
  });
  const events = [
    ...operations.flatMap((operation) => {
      const { socket, cost } = operation;
      if (!socket) return [];
      const run = (call: SocketCall, payload: unknown) => runOperation(operation, socket, call, payload);
      return { ...socket, cost, run };
    }),
    ...socketEvents.map((event) => ({ ...event, takesOptions: false })),
  ];
  return new Map(
    events.map(({ event: name, cost, takesOptions, run }): [string, EventHandler] => [
      name,
      {
        cost,
        async handle(event) {
          if (!takesOptions) parseOrThrow(noOptions, event.options, 'options');
          return await run(socketCallOf(name, event), event.payload);
        },
      },
    ]),
  );
}

async function runOperation(
  operation: Operation,
  variant: SocketVariant,
  call: SocketCall,
  payload: unknown,
): Promise<unknown> {
  if (variant.run) return await variant.run(call, payload);
  const { parameters } = operation;
  const { user, item, input } = splitPayload(operation, variant, call, payload);
  const result = await operation.run(call, {
    path: {
      ...(parameters.user && { [parameters.user.name]: user }),
      ...(parameters.item && { [parameters.item.name]: item }),
    },
    query: variant.payloadIsOptional ? (input ?? {}) : input,
    body: input,
  });
  return result instanceof Completion ? result.response : result;
}

/** Splits off what the path of the operation names. */
function splitPayload(
  operation: Operation,
  variant: SocketVariant,
  call: SocketCall,
  payload: unknown,
): { user: string; item?: string; input: unknown } {
  if (variant.namesUser) return splitUser(operation, call, payload);
  if (variant.namesItem) return splitItem(operation, call, payload);
  return { user: call.principal.sub, input: payload };
}

/**
 * Splits off the item that the payload names. Its id ends with its user. Reports all invalid fields together.
 * @throws HubError invalid_input
 */
function splitItem({ body }: Operation, { principal }: SocketCall, payload: unknown) {
  if (!(body instanceof z.ZodObject))
    throw new Error('only an operation with an object as body can name an item');
  parseOrThrow(body.extend({ item: itemId }), payload);
  const { item: named, ...input } = payload as Record<string, unknown>;
  const item = parseOrThrow(itemId, named, 'item');
  return { user: item.includes(':') ? userOfItem(item) : principal.sub, item, input };
}

/** Splits off the user that the payload names. Reports all invalid fields together. @throws HubError invalid_input */
function splitUser({ body }: Operation, { services, principal }: SocketCall, payload: unknown) {
  if (!(body instanceof z.ZodObject))
    throw new Error('only an operation with an object as body can name a user');
  parseOrThrow(body.extend({ user: userSchema.optional() }), payload);
  const { user: named, ...input } = payload as Record<string, unknown>;
  const user =
    named === undefined
      ? principal.sub
      : userIdOf(parseOrThrow(userSchema, named, 'user'), services.deps.settings, 'user');
  return { user, input };
}

/** Returns the bytes of an event's arguments as JSON. @throws HubError invalid_input if they nest too deeply to be serialized */
export function sizeOf(args: readonly unknown[]): number {
  try {
    return Buffer.byteLength(JSON.stringify(args));
  } catch (error) {
    if (error instanceof RangeError) throw invalid([{ path: '', message: 'nests too deeply' }]);
    throw error;
  }
}
