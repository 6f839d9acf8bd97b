/** The handlers of client events: validate the payload and call the service. */
import { z } from 'zod';
import type { Principal } from '../../core/access/principal.ts';
import type { LogRequest } from '../../core/actions/accept.ts';
import { invalid } from '../../core/errors.ts';
import { runToCompletion } from '../../core/ports/steps.ts';
import type { Mark } from '../../core/ports/stores.ts';
import { actionInput } from '../../protocol/schemas/action.ts';
import { unwatchInput, watchInput } from '../../protocol/schemas/action-queries.ts';
import { changesQuery, feedQuery, logOptions, markInput } from '../../protocol/schemas/calls.ts';
import { eventInput } from '../../protocol/schemas/events.ts';
import { trackSocketInput, untrackSocketInput } from '../../protocol/schemas/trackers.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { isLargeBatch, readBatch } from '../batch-reader.ts';
import type { WatchManager } from '../delivery/watch-manager.ts';
import { parseOrThrow } from '../error-mapping.ts';
import type { Admission } from '../limits/admission.ts';
import { MIN_THROTTLED_BYTES } from '../limits/payload-throttle.ts';
import type { Services } from '../services.ts';
import { LogOrder } from './log-order.ts';
import type { HubSocket } from './types.ts';

export interface Call {
  socket: HubSocket;
  /** The socket's principal, extended with this call. */
  principal: Principal;
  payload: unknown;
  /** The second argument, if there was one. */
  options: unknown;
}

type EventHandler = (call: Call) => Promise<unknown>;

const noOptions = z.undefined('takes no second argument');

export type EventHandlers = ReturnType<typeof eventHandlers>;

export function eventHandlers(
  services: Services,
  watchManager: WatchManager,
  admission: Pick<Admission, 'waitToRead'>,
  renew: (socket: HubSocket, payload: unknown) => Promise<unknown>,
) {
  const mark =
    (kind: Mark): EventHandler =>
    ({ socket, principal, payload }) => {
      const input = parseOrThrow(markInput, payload);
      return services.mark(principal, { user: principal.sub, mark: kind, input, origin: socket.id });
    };
  const order = new LogOrder();
  const readLog = async (principal: Principal, payload: unknown): Promise<LogRequest> => {
    if (!Array.isArray(payload)) return { batch: false, actions: [parseOrThrow(actionInput, payload)] };
    const steps = readBatch(payload);
    const actions = isLargeBatch(payload) ? await services.inSteps(principal, steps) : runToCompletion(steps);
    return { batch: true, actions };
  };
  const waitToRead = async (principal: Principal, onWait: () => void): Promise<void> => {
    const { call } = principal;
    if (!call || !isThrottled(principal)) return;
    const { signal, bytes } = call;
    await admission.waitToRead(principal, { bytes: bytes ?? 0, isInMemory: true, signal, onWait });
  };
  const handlers: Record<ClientEvent, EventHandler> = {
    log: async ({ socket, principal, payload, options }) => {
      const { wait = false } = parseOrThrow(logOptions, options ?? {}, 'options');
      const isSlow = isLargeBatch(payload) || isThrottled(principal);
      // Releases the slot, so that the user's other calls continue.
      const onWait = () => principal.call?.releaseSlot();
      // Enters the throttle now, not after the previous payload is accepted, so that the throttle's limits cover all of them.
      const reading = waitToRead(principal, onWait);
      // Avoids an unhandled rejection. The callback below rethrows the error; until then the payload is in memory and counts.
      reading.catch(() => undefined);
      const ids = await order.enqueue(socket, { isSlow, onWait }, async () => {
        await reading;
        return await services.accept(principal, await readLog(principal, payload), wait);
      });
      return wait ? await services.outcome(principal, ids, socket.data.locale) : { ids };
    },
    track: async ({ principal, payload }) => {
      const { user, ...input } = parseOrThrow(trackSocketInput, payload);
      const owner = services.trackers.userOf(principal, user);
      return (await services.trackers.track(principal, owner, input)).response;
    },
    untrack: async ({ principal, payload }) => {
      const { user, ...input } = parseOrThrow(untrackSocketInput, payload);
      const owner = services.trackers.userOf(principal, user);
      return (await services.trackers.untrack(principal, owner, input)).response;
    },
    'feed:list': ({ socket, principal, payload }) => {
      const { locale } = socket.data;
      return services.list(principal, principal.sub, { locale, ...parseOrThrow(feedQuery, payload ?? {}) });
    },
    'feed:changes': ({ socket, principal, payload }) => {
      const { locale } = socket.data;
      return services.changes(principal, principal.sub, { locale, ...parseOrThrow(changesQuery, payload) });
    },
    'feed:read': mark('read'),
    'feed:unread': mark('unread'),
    'feed:seen': mark('seen'),
    watch: ({ socket, payload }) => watchManager.start(socket, parseOrThrow(watchInput, payload)),
    unwatch: async ({ socket, payload }) => {
      watchManager.stop(socket, parseOrThrow(unwatchInput, payload).watch);
      return {};
    },
    event: ({ socket, principal, payload }) => {
      const { address = null, agent = null } = socket.data.peer ?? {};
      const request = { method: 'SOCKET', path: 'event', address, agent };
      return services.events.create(principal, { input: parseOrThrow(eventInput, payload), request });
    },
    auth: ({ socket, payload }) => renew(socket, payload),
  };
  const byName = new Map<string, EventHandler>(Object.entries(handlers));
  return {
    find: (event: string): EventHandler | undefined => {
      const handle = byName.get(event);
      if (!handle || event === 'log') return handle;
      return (call) => {
        parseOrThrow(noOptions, call.options, 'options');
        return handle(call);
      };
    },
  };
}

const isThrottled = ({ call }: Principal): boolean => (call?.bytes ?? 0) >= MIN_THROTTLED_BYTES;

/** Returns the bytes of an event's arguments as JSON. @throws HubError invalid_input if they nest too deeply to be serialized */
export function sizeOf(args: readonly unknown[]): number {
  try {
    return Buffer.byteLength(JSON.stringify(args));
  } catch (error) {
    if (error instanceof RangeError) throw invalid([{ path: '', message: 'nests too deeply' }]);
    throw error;
  }
}
