/** From `CONNECT` to a socket with a principal. Of what the peer sent nothing is kept but what was checked; other keys are ignored. */
import { HubError } from '../../core/errors.ts';
import type { Logger } from '../../infra/log.ts';
import { changesQuery } from '../../protocol/schemas/calls.ts';
import type { Gate } from '../gate.ts';
import { parsed, toErrorBody, toHubError } from '../refusal.ts';
import type { Peers } from './peers.ts';
import type { HubServer, HubSocket } from './types.ts';

export interface HandshakeDeps {
  gate: Gate;
  /** Resolves when messages of the space arrive at this gateway. */
  join: (space: string) => Promise<void>;
  log: Logger;
}

const locale = changesQuery.shape.locale;

export function admitHandshakes(io: HubServer, peers: Peers, deps: HandshakeDeps): void {
  io.use(async (socket, next) => {
    const { auth } = socket.handshake;
    Object.assign(socket.handshake, { auth: {}, headers: {}, query: {}, url: '' });
    const peer = peers.of(socket.conn);
    // Each would become a socket of its own.
    if (peer.isHandshaking) return void socket.conn.close();
    peer.isHandshaking = true;
    try {
      await admit(socket, auth);
      next();
    } catch (error) {
      const refusal = toHubError(error, deps.log);
      next(Object.assign(new Error(refusal.message), { data: toErrorBody(refusal) }));
    } finally {
      // Socket.IO registers the socket in the next tick, and from then on refuses a second `CONNECT` itself.
      setImmediate(() => {
        peer.isHandshaking = false;
      });
    }
  });

  async function admit(socket: HubSocket, { token, locale: tag }: Record<string, unknown>) {
    if (typeof token !== 'string' || token === '') {
      throw new HubError('unauthenticated', 'the handshake must carry auth.token');
    }
    const principal = await deps.gate.verify(token, peers.of(socket.conn).address);
    socket.data.principal = principal;
    socket.data.locale = parsed(locale, tag ?? undefined, 'locale');
    await deps.join(principal.space);
    // Its end may have been told before this gateway heard of its space.
    await deps.gate.check(principal);
    peers.admit(socket.conn, principal);
    const { address, agent } = peers.of(socket.conn);
    socket.data.peer = { address, agent };
  }
}
