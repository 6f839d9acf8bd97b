/**
 * The sockets of one gateway. A socket is **connected** once its token is valid and the gateway is subscribed to its space. It
 * joins its user's room and may **renew** its token. It **expires** with the token: the gateway emits `session:expired` and
 * disconnects it.
 */
import type { Server as HttpServer } from 'node:http';
import { isService } from '../../core/access/principal.ts';
import { forbidden } from '../../core/errors.ts';
import type { SocketDeps } from '../transports.ts';
import { createEngine } from './engine.ts';
import { createDispatcher } from './event-dispatcher.ts';
import { eventHandlers } from './events.ts';
import { admitHandshakes } from './handshake.ts';
import { type HubSocket, roomOf } from './types.ts';

/** The longest delay of a Node.js timer. A longer delay takes several timers. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export function createSockets(http: HttpServer, deps: SocketDeps) {
  const { io, peers } = createEngine(http, deps);
  const timers = new WeakMap<HubSocket, NodeJS.Timeout>();
  const events = eventHandlers(deps.services, deps.watchManager, deps.admission, renew);
  const dispatch = createDispatcher(deps, events);

  admitHandshakes(io, peers, deps);

  io.on('connection', (socket) => {
    const { space, sub } = socket.data.principal;
    if (getsFeed(socket)) void socket.join(roomOf(space, sub));
    scheduleExpiry(socket);
    const { subscribed, hadGap, release } = deps.subscriptions.retain(space);
    subscribed.then(
      () => hadGap && socket.emit('feed:stale', {}),
      () => socket.disconnect(true),
    );
    deps.metrics.socketOpened();
    socket.onAnyOutgoing((event: string) => recordPush(event, space));
    socket.on('disconnect', () => {
      clearTimeout(timers.get(socket));
      release();
      deps.watchManager.removeSocket(socket);
      deps.metrics.socketClosed();
    });
    socket.onAny((event: string | number, ...args: unknown[]) => {
      void deps.shutdown.trackCall(dispatch(socket, event, args));
    });
  });

  /** `space`: that of the client. */
  function recordPush(event: string, space: string): void {
    deps.metrics.pushed(event);
    deps.admission.recordActivity(space);
  }

  async function renew(socket: HubSocket, token: string): Promise<{ expiresAt: string }> {
    const renewed = await deps.authenticator.verify(token, peers.get(socket.conn).address);
    const { sub, space } = socket.data.principal;
    if (renewed.sub !== sub || renewed.space !== space)
      throw forbidden('the token belongs to another user or space');
    const gotFeedBefore = getsFeed(socket);
    socket.data.principal = renewed;
    const getsFeedNow = getsFeed(socket);
    await (getsFeedNow ? socket.join(roomOf(space, sub)) : socket.leave(roomOf(space, sub)));
    // `feed:stale` makes the client reload: it gets what was not pushed, and an error for what is no longer allowed.
    const watchesEnded = deps.watchManager.revalidate(socket);
    if (watchesEnded || getsFeedNow !== gotFeedBefore) socket.emit('feed:stale', {});
    scheduleExpiry(socket);
    return { expiresAt: new Date(renewed.expiresAt).toISOString() };
  }

  function scheduleExpiry(socket: HubSocket): void {
    clearTimeout(timers.get(socket));
    // The connection may have closed during a renewal.
    if (!socket.connected) return;
    const remainingMs = socket.data.principal.expiresAt - Date.now();
    const fire = () => {
      if (remainingMs > MAX_TIMER_MS) return scheduleExpiry(socket);
      socket.emit('session:expired', {});
      socket.disconnect(true);
    };
    timers.set(socket, setTimeout(fire, Math.min(Math.max(remainingMs, 0), MAX_TIMER_MS)));
  }

  /** Disconnects all clients, so that they reconnect to another gateway. */
  async function disconnectClients(): Promise<void> {
    await peers.disconnectAll();
    io.engine.close();
  }

  return { io, recordPush, disconnectClients };
}

function getsFeed({ data: { principal } }: HubSocket): boolean {
  return isService(principal) || principal.scopes.has('feed');
}
