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
import { TokenExpiry } from './token-expiry.ts';
import { type HubSocket, roomOf } from './types.ts';

export function createSockets(http: HttpServer, deps: SocketDeps) {
  const { io, peers } = createEngine(http, deps);
  const expiry = new TokenExpiry((socket) => {
    socket.emit('session:expired', {});
    socket.disconnect(true);
  });
  const events = eventHandlers(deps.services, deps.watchManager, deps.admission, renew);
  const dispatch = createDispatcher(deps, events);

  admitHandshakes(io, peers, deps);

  io.on('connection', (socket) => {
    const { space, sub } = socket.data.principal;
    if (getsFeed(socket)) void socket.join(roomOf(space, sub));
    expiry.add(socket);
    const { subscribed, hadGap, release } = deps.subscriptions.retain(space);
    subscribed.then(
      () => hadGap && socket.emit('feed:stale', {}),
      () => socket.disconnect(true),
    );
    deps.metrics.socketOpened();
    socket.onAnyOutgoing(onOutgoing);
    socket.on('disconnect', () => {
      expiry.delete(socket);
      release();
      deps.watchManager.removeSocket(socket);
      deps.metrics.socketClosed();
    });
    socket.onAny(onEvent);
  });

  // Socket.IO calls listeners with the socket as `this`. So all sockets share them, which saves memory.
  function onEvent(this: HubSocket, event: string | number, ...args: unknown[]): void {
    void deps.shutdown.trackCall(dispatch(this, event, args));
  }

  function onOutgoing(this: HubSocket, event: string): void {
    recordPush(event, this.data.principal.space);
  }

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
    expiry.delete(socket);
    socket.data.principal = renewed;
    // The connection may have closed during the renewal.
    if (socket.connected) expiry.add(socket);
    const getsFeedNow = getsFeed(socket);
    await (getsFeedNow ? socket.join(roomOf(space, sub)) : socket.leave(roomOf(space, sub)));
    // `feed:stale` makes the client reload: it gets what was not pushed, and an error for what is no longer allowed.
    const watchesEnded = deps.watchManager.revalidate(socket);
    if (watchesEnded || getsFeedNow !== gotFeedBefore) socket.emit('feed:stale', {});
    return { expiresAt: new Date(renewed.expiresAt).toISOString() };
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
