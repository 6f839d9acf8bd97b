/** The handlers of client events: those of operations, and those about the connection itself. */
import { z } from 'zod';
import type { Principal } from '../../core/access/principal.ts';
import { userIdOf } from '../../core/access/users.ts';
import { invalid } from '../../core/errors.ts';
import { user as userSchema } from '../../protocol/schemas/refs.ts';
import type { WatchManager } from '../delivery/watch-manager.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Admission } from '../limits/admission.ts';
import type { Cost } from '../limits/costs.ts';
import { isThrottled } from '../limits/payload-throttle.ts';
import { checkAccess } from '../operations/access.ts';
import { Completion, type SocketCall } from '../operations/call.ts';
import type { Operation } from '../operations/operation.ts';
import { operationsByEvent } from '../operations/operations.ts';
import { socketEvents } from '../operations/socket-events.ts';
import type { Services } from '../services.ts';
import { LogOrder } from './log-order.ts';
import type { HubSocket } from './types.ts';

export interface ReceivedEvent {
  socket: HubSocket;
  /** The socket's principal, extended with this call. */
  principal: Principal;
  payload: unknown;
  /** The second argument, if there was one. */
  options: unknown;
}

export interface EventHandler {
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
  const callOf = ({ socket, principal, options }: ReceivedEvent): SocketCall => ({
    services,
    principal,
    locale: socket.data.locale,
    wait: false,
    key: undefined,
    origin: socket.id,
    request() {
      const { address = null, agent = null } = socket.data.peer ?? {};
      return { method: 'SOCKET', path: 'event', address, agent };
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
  const checkOptions = ({ options }: ReceivedEvent) => parseOrThrow(noOptions, options, 'options');
  return new Map<string, EventHandler>([
    ...[...operationsByEvent].map(([name, operation]): [string, EventHandler] => [
      name,
      {
        cost: operation.cost,
        async handle(event) {
          if (!operation.socket?.takesOptions) checkOptions(event);
          return await runOperation(operation, callOf(event), event.payload);
        },
      },
    ]),
    ...socketEvents.map(({ event: name, cost, run }): [string, EventHandler] => [
      name,
      {
        cost,
        async handle(event) {
          checkOptions(event);
          return await run(callOf(event), event.payload);
        },
      },
    ]),
  ]);
}

async function runOperation(operation: Operation, call: SocketCall, payload: unknown): Promise<unknown> {
  const { socket: variant, access } = operation;
  if (variant?.run) {
    checkAccess(call.principal, access);
    return await variant.run(call, payload);
  }
  const { user, input } = variant?.namesUser ? splitUser(call, payload) : { user: undefined, input: payload };
  const result = await operation.run(call, {
    path: { id: user ?? call.principal.sub },
    query: variant?.payloadIsOptional ? (input ?? {}) : input,
    body: input,
  });
  return result instanceof Completion ? result.response : result;
}

/** Splits the payload into the user that it names, if any, and the input. @throws HubError invalid_input */
function splitUser({ services }: SocketCall, payload: unknown): { user?: string; input: unknown } {
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return { input: payload };
  const { user, ...input } = payload as Record<string, unknown>;
  if (user === undefined) return { input };
  return { user: userIdOf(parseOrThrow(userSchema, user, 'user'), services.deps.settings, 'user'), input };
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
