/** Handles a socket event from receipt to acknowledgement, with the same checks as an HTTP request (decision 30). */
import { HubError, rateLimited } from '../../core/errors.ts';
import { limits } from '../../protocol/limits.ts';
import { toErrorBody, toHubError } from '../error-mapping.ts';
import { call } from '../limits/costs.ts';
import { UnparsedEvent } from '../limits/payload-budget.ts';
import { createCallSignal } from '../operations/call.ts';
import type { SocketDeps } from '../transports.ts';
import { type EventHandlers, sizeOf } from './events.ts';
import type { HubSocket } from './types.ts';

/** Retry delay for calls of a client that does not read its responses. */
const UNREAD_RETRY_MS = 1_000;
const unknownEventCost = call(1);
/** Outcome in metrics: the client disconnected before its call was done. */
const CLIENT_LEFT = 'client_left';

type DispatchEvent = (socket: HubSocket, event: string | number, args: unknown[]) => Promise<void>;

/** The dispatcher never throws. After a socket has closed, its calls do not start, and running ones stop reading. */
export function createDispatcher(deps: SocketDeps, events: EventHandlers): DispatchEvent {
  const { authenticator, admission, outboxes, payloadBudget, shutdown, metrics, log } = deps;
  const signals = new WeakMap<HubSocket, AbortSignal>();

  return async function dispatch(socket, event, args) {
    const last = args.at(-1);
    const ack = typeof last === 'function' ? last : null;
    let inputs = ack ? args.slice(0, -1) : args;
    // The wire format also allows numbers as event names.
    let name: unknown = event;
    const [first] = inputs;
    let handler = typeof name === 'string' ? events.get(name) : undefined;
    const signal = signals.get(socket) ?? signalOf(socket);
    signals.set(socket, signal);
    const startedAt = performance.now();
    const measure = (outcome: string) =>
      metrics.socketEvent({
        event: handler ? String(name) : 'unknown',
        outcome,
        seconds: (performance.now() - startedAt) / 1_000,
      });
    let release = () => {};
    let releasePayload = () => {};
    try {
      let size = first instanceof UnparsedEvent ? first.weight : sizeOf(inputs);
      releasePayload = payloadBudget.reserve(socket.data.principal, size);
      if (first instanceof UnparsedEvent) {
        if (first.isLog) {
          const call = { signal, releaseSlot: release, bytes: first.bytes };
          await admission.checkBacklog({ ...socket.data.principal, call });
        }
        [name, ...inputs] = first.parse();
        handler = typeof name === 'string' ? events.get(name) : undefined;
        size = sizeOf(inputs);
      }
      if (size > limits.payload) {
        throw new HubError('payload_too_large', `the payload is larger than ${limits.payload} bytes`);
      }
      shutdown.throwIfShuttingDown();
      const outbox = outboxes.get(socket.conn);
      await outbox.untilWritable();
      const currentPrincipal = socket.data.principal;
      await authenticator.check(currentPrincipal);
      const [payload, options, ...excess] = inputs;
      const input = { query: recordOf(payload), body: payload };
      const cost = handler?.cost ?? unknownEventCost;
      const admitted = await admission.enter(
        { principal: currentPrincipal, connection: socket, signal },
        cost,
        input,
        size,
      );
      release = admitted.release;
      if (outbox.isFull) throw rateLimited('the client does not read its responses', UNREAD_RETRY_MS);
      if (!handler) throw unknownEvent(name);
      if (excess.length > 0)
        throw new HubError('invalid_input', 'an event takes one payload and an acknowledgement');
      // Read again: the token may have been renewed while the call waited.
      const principal = { ...socket.data.principal, call: { signal, releaseSlot: release, bytes: size } };
      const data = await handler.handle({ socket, principal, payload, options });
      measure('ok');
      ack?.({ ok: true, data });
    } catch (error) {
      if (signal.aborted) return measure(CLIENT_LEFT);
      const hubError = toHubError(error, log);
      measure(hubError.code);
      ack?.({ ok: false, error: toErrorBody(hubError) });
    } finally {
      release();
      releasePayload();
    }
  };
}

/** In a large event, the name may be any JSON, and may nest too deeply to be serialized. */
const unknownEvent = (name: unknown): HubError =>
  typeof name === 'string' || typeof name === 'number'
    ? new HubError('unknown_event', `there is no event ${JSON.stringify(name).slice(0, 64)}`)
    : new HubError('unknown_event', 'an event must begin with its name');

/** Returns one signal for all calls of a socket, because they end together. */
function signalOf(socket: HubSocket): AbortSignal {
  const { signal, abort } = createCallSignal();
  if (socket.connected) socket.once('disconnect', abort);
  else abort();
  return signal;
}

const recordOf = (payload: unknown): Record<string, unknown> =>
  typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
