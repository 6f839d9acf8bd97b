import type { Peers } from './peers.ts';
import type { HubServer } from './types.ts';

/** Time over which disconnects are spread, so that clients do not all reconnect at once. */
const SPREAD_MS = 1_000;
const STEPS = 20;
/** Up to this many clients are disconnected at once. */
const MIN_BATCH_SIZE = 100;

/** Closes the transports of all clients, so that they reconnect automatically. After Socket.IO's `disconnect` they would not. */
export async function disconnectClients(io: HubServer, peers: Peers): Promise<void> {
  const sessions = [...peers.sessions()];
  const batchSize = Math.max(MIN_BATCH_SIZE, Math.ceil(sessions.length / STEPS));
  for (let start = 0; start < sessions.length; start += batchSize) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, SPREAD_MS / STEPS));
    for (const session of sessions.slice(start, start + batchSize)) {
      // A WebSocket flushes its buffer when it closes. With polling, a graceful close would wait for the client's next poll.
      session.close(session.transport.name !== 'websocket');
    }
  }
  io.engine.close();
}
