/** What a client may ask over a socket: for each event its schema and what it does. */
import { z } from 'zod';
import type { Principal } from '../../core/access.ts';
import { invalid } from '../../core/errors.ts';
import type { LogRequest } from '../../core/log.ts';
import { atOnce } from '../../core/ports/steps.ts';
import type { Mark } from '../../core/ports/stores.ts';
import { unwatchInput, watchInput } from '../../protocol/schemas/accessors.ts';
import { actionInput } from '../../protocol/schemas/action.ts';
import { changesQuery, feedQuery, logOptions, markInput } from '../../protocol/schemas/calls.ts';
import { eventInput } from '../../protocol/schemas/events.ts';
import { trackCall, untrackCall } from '../../protocol/schemas/trackers.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import { isLarge, readBatch } from '../batches.ts';
import type { Watching } from '../delivery/watching.ts';
import type { Admission } from '../limits/admission.ts';
import { THROTTLED_BYTES } from '../limits/payload-throttle.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { LogOrder } from './log-order.ts';
import type { HubSocket } from './types.ts';

export interface Call {
  socket: HubSocket;
  /** The socket's, during this call. */
  principal: Principal;
  payload: unknown;
  /** The second argument, where there was one. */
  options: unknown;
}

type Handle = (call: Call) => Promise<unknown>;

const absent = z.undefined('takes no second argument');

export type EventHandlers = ReturnType<typeof eventHandlers>;

export function eventHandlers(
  services: Services,
  watching: Watching,
  admission: Pick<Admission, 'mayRead'>,
  renew: (socket: HubSocket, payload: unknown) => Promise<unknown>,
) {
  const mark =
    (kind: Mark): Handle =>
    ({ socket, principal, payload }) => {
      const input = parsed(markInput, payload);
      return services.mark(principal, { user: principal.sub, mark: kind, input, origin: socket.id });
    };
  const order = new LogOrder();
  const readLog = async (principal: Principal, payload: unknown): Promise<LogRequest> => {
    if (!Array.isArray(payload)) return { batch: false, actions: [parsed(actionInput, payload)] };
    const steps = readBatch(payload);
    const actions = isLarge(payload) ? await services.inSteps(principal, steps) : atOnce(steps);
    return { batch: true, actions };
  };
  const mayRead = async (principal: Principal, onWait: () => void): Promise<void> => {
    const { call } = principal;
    if (!call || !isThrottled(principal)) return;
    const { signal, bytes } = call;
    await admission.mayRead(principal, { bytes: bytes ?? 0, isHeld: true, signal, onWait });
  };
  const handlers: Record<ClientEvent, Handle> = {
    log: async ({ socket, principal, payload, options }) => {
      const { wait = false } = parsed(logOptions, options ?? {}, 'options');
      const takesTime = isLarge(payload) || isThrottled(principal);
      // Without a slot, so that the user's other calls go on.
      const onWait = () => principal.call?.idle();
      // Each waits in the throttle from the start, not only when the one before it is accepted: its bounds are for all of them.
      const reading = mayRead(principal, onWait);
      // Thrown in its turn. Until then the payload is in memory and has to count.
      reading.catch(() => undefined);
      const ids = await order.next(socket, { takesTime, onWait }, async () => {
        await reading;
        return await services.accept(principal, await readLog(principal, payload), wait);
      });
      return wait ? await services.outcome(principal, ids, socket.data.locale) : { ids };
    },
    track: async ({ principal, payload }) => {
      const { user, ...input } = parsed(trackCall, payload);
      const owner = services.trackers.userOf(principal, user);
      return (await services.trackers.track(principal, owner, input)).answer;
    },
    untrack: async ({ principal, payload }) => {
      const { user, ...input } = parsed(untrackCall, payload);
      const owner = services.trackers.userOf(principal, user);
      return (await services.trackers.untrack(principal, owner, input)).answer;
    },
    'feed:list': ({ socket, principal, payload }) => {
      const { locale } = socket.data;
      return services.list(principal, principal.sub, { locale, ...parsed(feedQuery, payload ?? {}) });
    },
    'feed:changes': ({ socket, principal, payload }) => {
      const { locale } = socket.data;
      return services.changes(principal, principal.sub, { locale, ...parsed(changesQuery, payload) });
    },
    'feed:read': mark('read'),
    'feed:unread': mark('unread'),
    'feed:seen': mark('seen'),
    watch: ({ socket, payload }) => watching.start(socket, parsed(watchInput, payload)),
    unwatch: async ({ socket, payload }) => {
      watching.stop(socket, parsed(unwatchInput, payload).watch);
      return {};
    },
    event: ({ socket, principal, payload }) => {
      const { address = null, agent = null } = socket.data.peer ?? {};
      const request = { method: 'SOCKET', path: 'event', address, agent };
      return services.events.create(principal, { input: parsed(eventInput, payload), request });
    },
    auth: ({ socket, payload }) => renew(socket, payload),
  };
  const byName = new Map<string, Handle>(Object.entries(handlers));
  return {
    find: (event: string): Handle | undefined => {
      const handle = byName.get(event);
      if (!handle || event === 'log') return handle;
      return (call) => {
        parsed(absent, call.options, 'options');
        return handle(call);
      };
    },
  };
}

const isThrottled = ({ call }: Principal): boolean => (call?.bytes ?? 0) >= THROTTLED_BYTES;

/** Bytes of what came with an event, as JSON. @throws HubError invalid_input, where it nests deeper than can be written */
export function sizeOf(args: readonly unknown[]): number {
  try {
    return Buffer.byteLength(JSON.stringify(args));
  } catch (error) {
    if (error instanceof RangeError) throw invalid([{ path: '', message: 'nests too deeply' }]);
    throw error;
  }
}
