/**
 * The sockets of one gateway. A socket is **connected** (its token is checked, its space's messages arrive, it is in
 * its user's room), may **renew** its token, and **expires** when the token does: it is told and disconnected.
 */
import type { Server as HttpServer } from 'node:http';
import { isService } from '../../core/access.ts';
import { forbidden } from '../../core/errors.ts';
import type { Logger } from '../../infra/log.ts';
import type { Metrics } from '../../infra/metrics.ts';
import type { Hold } from '../../infra/redis/bus.ts';
import { authInput } from '../../protocol/schemas/calls.ts';
import type { Watching } from '../delivery/watching.ts';
import type { Gate } from '../gate.ts';
import type { Admission } from '../limits/admission.ts';
import { parsed } from '../refusal.ts';
import type { Services } from '../services.ts';
import { answering } from './answer.ts';
import { createEngine, type EngineDeps } from './engine.ts';
import { eventHandlers } from './events.ts';
import { sendAway } from './goodbye.ts';
import { admitHandshakes } from './handshake.ts';
import { type HubServer, type HubSocket, roomOf } from './types.ts';

/** Timers hold no longer time than this; a longer one is set again when it ends. */
const MOST_TIMER_MS = 2 ** 31 - 1;

export interface SocketDeps extends EngineDeps {
  gate: Gate;
  admission: Admission;
  services: Services;
  watching: Watching;
  metrics: Metrics;
  /** Resolves when messages of the space arrive at this gateway. */
  join: (space: string) => Promise<void>;
  /** As `join`, and they go on arriving until it is released. */
  hold: (space: string) => Hold;
  log: Logger;
}

export interface Sockets {
  io: HubServer;
  /** Has all clients connect elsewhere. */
  sendAway: () => Promise<void>;
}

export function createSockets(http: HttpServer, deps: SocketDeps): Sockets {
  const { io, peers } = createEngine(http, deps);
  const timers = new WeakMap<HubSocket, NodeJS.Timeout>();
  const events = eventHandlers(deps.services, deps.watching, deps.admission, renew);
  const answer = answering({ ...deps, events });

  admitHandshakes(io, peers, deps);

  io.on('connection', (socket) => {
    const { space, sub } = socket.data.principal;
    if (getsFeed(socket)) void socket.join(roomOf(space, sub));
    expireInTime(socket);
    const { joined, wasAway, release } = deps.hold(space);
    joined.then(
      () => wasAway && socket.emit('feed:stale', {}),
      () => socket.disconnect(true),
    );
    deps.metrics.socketOpened();
    socket.onAnyOutgoing((event: string) => {
      deps.metrics.pushed(event);
      deps.admission.noteWork(space);
    });
    socket.on('disconnect', () => {
      clearTimeout(timers.get(socket));
      release();
      deps.watching.leave(socket);
      deps.metrics.socketClosed();
    });
    socket.onAny((event: string | number, ...args: unknown[]) => {
      void deps.closing.during(answer(socket, event, args));
    });
  });

  async function renew(socket: HubSocket, payload: unknown): Promise<{ expiresAt: string }> {
    const { token } = parsed(authInput, payload);
    const renewed = await deps.gate.verify(token, peers.of(socket.conn).address);
    const { sub, space } = socket.data.principal;
    if (renewed.sub !== sub || renewed.space !== space)
      throw forbidden('the token is of another user or space');
    const gotFeed = getsFeed(socket);
    socket.data.principal = renewed;
    const gets = getsFeed(socket);
    await (gets ? socket.join(roomOf(space, sub)) : socket.leave(roomOf(space, sub)));
    // Whoever asks again hears what is not allowed any more, and gets what was not pushed while it was not.
    const watchesEnded = deps.watching.recheck(socket);
    if (watchesEnded || gets !== gotFeed) socket.emit('feed:stale', {});
    expireInTime(socket);
    return { expiresAt: new Date(renewed.expiresAt).toISOString() };
  }

  function expireInTime(socket: HubSocket): void {
    clearTimeout(timers.get(socket));
    // A renewal may be checked while the connection goes.
    if (!socket.connected) return;
    const left = socket.data.principal.expiresAt - Date.now();
    const ring = () => {
      if (left > MOST_TIMER_MS) return expireInTime(socket);
      socket.emit('session:expired', {});
      socket.disconnect(true);
    };
    timers.set(socket, setTimeout(ring, Math.min(Math.max(left, 0), MOST_TIMER_MS)));
  }

  return { io, sendAway: () => sendAway(io, peers) };
}

/** Whether what happens to its user's feed is pushed to it. */
function getsFeed({ data: { principal } }: HubSocket): boolean {
  return isService(principal) || principal.scopes.has('feed');
}
