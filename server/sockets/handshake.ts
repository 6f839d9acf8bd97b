/** Authenticates a handshake (`CONNECT`). Keeps only validated data of what the client sent, and ignores unknown keys. */
import { HubError } from '../../core/errors.ts';
import { changesQuery } from '../../protocol/schemas/calls.ts';
import { parseOrThrow, toErrorBody, toHubError } from '../error-mapping.ts';
import type { SocketDeps } from '../transports.ts';
import type { Peers } from './peers.ts';
import type { HubServer, HubSocket } from './types.ts';

const locale = changesQuery.shape.locale;

/** Replaces what the client sent. */
const nothing = { auth: {}, headers: {}, query: {}, url: '' };

export function admitHandshakes(io: HubServer, peers: Peers, deps: SocketDeps): void {
  io.use(async (socket, next) => {
    const { auth } = socket.handshake;
    Object.assign(socket.handshake, nothing);
    const peer = peers.get(socket.conn);
    // Concurrent `CONNECT` packets would each create a socket.
    if (peer.isHandshaking) return void socket.conn.close();
    peer.isHandshaking = true;
    try {
      await admit(socket, auth);
      next();
    } catch (error) {
      const hubError = toHubError(error, deps.log);
      next(Object.assign(new Error(hubError.message), { data: toErrorBody(hubError) }));
    } finally {
      // Socket.IO registers the socket in the next tick, and then rejects a second `CONNECT` itself.
      setImmediate(() => {
        peer.isHandshaking = false;
      });
    }
  });

  async function admit(socket: HubSocket, { token, locale: tag }: Record<string, unknown>) {
    if (typeof token !== 'string' || token === '') {
      throw new HubError('unauthenticated', 'the handshake must carry auth.token');
    }
    const principal = await deps.authenticator.verify(token, peers.get(socket.conn).address);
    socket.data.principal = principal;
    socket.data.locale = parseOrThrow(locale, tag ?? undefined, 'locale');
    await deps.subscriptions.subscribe(principal.space);
    // The user's deletion may have been published before this gateway subscribed to the space.
    await deps.authenticator.check(principal);
    peers.admit(socket.conn, principal);
    const { address, agent } = peers.get(socket.conn);
    socket.data.peer = { address, agent };
  }
}
