/** From an event of a socket to its acknowledgement, past the checks that HTTP has as well (decision 30). */
import { HubError, rateLimited } from '../../core/errors.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import { limits } from '../../protocol/limits.ts';
import type { ClientEvent } from '../../protocol/sockets.ts';
import type { Closing } from '../closing.ts';
import type { Gate } from '../gate.ts';
import { leaving } from '../leaving.ts';
import type { Admission } from '../limits/admission.ts';
import { call, eventCosts } from '../limits/costs.ts';
import { type Payloads, Unparsed } from '../payloads.ts';
import { toErrorBody, toHubError } from '../refusal.ts';
import { type EventHandlers, sizeOf } from './events.ts';
import type { Outboxes } from './outbox.ts';
import type { HubSocket } from './types.ts';

export interface AnswerDeps {
  gate: Gate;
  admission: Admission;
  outboxes: Outboxes;
  payloads: Payloads;
  closing: Closing;
  events: EventHandlers;
  metrics: Metrics;
  log: Logger;
}

/** A client that sent calls and did not read their answers may repeat the rest after this. */
const UNREAD_MS = 1_000;
/** An event that there is not. */
const unknown = call(1);
/** In metrics: the client left before its call was done. */
const LEFT = 'client_left';

export type Answering = (socket: HubSocket, event: string | number, args: unknown[]) => Promise<void>;

/** Never throws. Calls of a socket that has closed are not begun, and stop reading. */
export function answering(deps: AnswerDeps): Answering {
  const { gate, admission, outboxes, payloads, closing, events, metrics, log } = deps;
  const signals = new WeakMap<HubSocket, AbortSignal>();

  return async function answer(socket, event, args) {
    const last = args.at(-1);
    const ack = typeof last === 'function' ? last : null;
    let given = ack ? args.slice(0, -1) : args;
    // The wire format names events by numbers, too.
    let name: unknown = event;
    const [only] = given;
    let handle = typeof name === 'string' ? events.find(name) : undefined;
    const signal = signals.get(socket) ?? signalOf(socket);
    signals.set(socket, signal);
    const begun = performance.now();
    const measure = (outcome: string) =>
      metrics.socketEvent({
        event: handle ? String(name) : 'unknown',
        outcome,
        seconds: (performance.now() - begun) / 1_000,
      });
    let release = () => {};
    let free = () => {};
    try {
      let size = only instanceof Unparsed ? only.weight : sizeOf(given);
      free = payloads.take(socket.data.principal, size);
      if (only instanceof Unparsed) {
        if (only.isLog) {
          const call = { signal, idle: release, bytes: only.bytes };
          await admission.checkBacklog({ ...socket.data.principal, call });
        }
        [name, ...given] = only.parse();
        handle = typeof name === 'string' ? events.find(name) : undefined;
        size = sizeOf(given);
      }
      if (size > limits.payload) {
        throw new HubError('payload_too_large', `the payload is larger than ${limits.payload} bytes`);
      }
      closing.check();
      const outbox = outboxes.of(socket.conn);
      await outbox.roomy();
      const holder = socket.data.principal;
      await gate.check(holder);
      const [payload, options, ...excess] = given;
      const input = { query: recordOf(payload), body: payload };
      const cost = handle ? eventCosts[name as ClientEvent] : unknown;
      const admitted = await admission.enter(
        { principal: holder, connection: socket, signal },
        cost,
        input,
        size,
      );
      release = admitted.release;
      if (outbox.isFull) throw rateLimited('the client does not read its answers', UNREAD_MS);
      if (!handle) throw unknownEvent(name);
      if (excess.length > 0)
        throw new HubError('invalid_input', 'an event takes one payload and an acknowledgement');
      // Renewed perhaps while the call waited for its turn.
      const principal = { ...socket.data.principal, call: { signal, idle: release, bytes: size } };
      const data = await handle({ socket, principal, payload, options });
      measure('ok');
      ack?.({ ok: true, data });
    } catch (error) {
      if (signal.aborted) return measure(LEFT);
      const refusal = toHubError(error, log);
      measure(refusal.code);
      ack?.({ ok: false, error: toErrorBody(refusal) });
    } finally {
      release();
      free();
    }
  };
}

/** In a large event anything may stand where the name does, and nest deeper than can be written. */
const unknownEvent = (name: unknown): HubError =>
  typeof name === 'string' || typeof name === 'number'
    ? new HubError('unknown_event', `there is no event ${JSON.stringify(name).slice(0, 64)}`)
    : new HubError('unknown_event', 'an event must begin with its name');

/** One for all calls of a socket: they end together. */
function signalOf(socket: HubSocket): AbortSignal {
  const { signal, leave } = leaving();
  if (socket.connected) socket.once('disconnect', leave);
  else leave();
  return signal;
}

const recordOf = (payload: unknown): Record<string, unknown> =>
  typeof payload === 'object' && payload !== null ? (payload as Record<string, unknown>) : {};
