import type { Peers } from './peers.ts';
import type { HubServer } from './types.ts';

/** Milliseconds over which many clients are sent away, so that they do not all arrive elsewhere at once. */
const SPREAD_MS = 1_000;
const STEPS = 20;
/** Fewer than this go at once. */
const MANY = 100;

/**
 * Closes the transports of all clients, which connect again by themselves. Socket.IO's own `disconnect` would tell them not to.
 */
export async function sendAway(io: HubServer, peers: Peers): Promise<void> {
  const sessions = [...peers.sessions()];
  const step = Math.max(MANY, Math.ceil(sessions.length / STEPS));
  for (let start = 0; start < sessions.length; start += step) {
    if (start > 0) await new Promise((resolve) => setTimeout(resolve, SPREAD_MS / STEPS));
    for (const session of sessions.slice(start, start + step)) {
      // What is written to a WebSocket is sent before it closes. A poll that is not there would be waited for.
      session.close(session.transport.name !== 'websocket');
    }
  }
  io.engine.close();
}
