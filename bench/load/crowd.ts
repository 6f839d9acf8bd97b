/**
 * A process with many connections. Some are idle. The others know a position of their feed: on the `resume` command they all
 * disconnect at once, reconnect, and request the changes since that position.
 */
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { Socket } from 'socket.io-client';
import { connect, HubClient } from '../client.ts';
import { onCommand, reply } from '../messages.ts';

/** Concurrent handshakes while the connections open. */
const BATCH_SIZE = 50;
const RESPONSE_TIMEOUT_MS = 30_000;
/** Attempts of a client that is rejected because too many connect at once. */
const ATTEMPTS = 20;
const BACKOFF_MS = 250;

interface Settings {
  url: string;
  secret: string;
  space: string;
  idle: number;
  resuming: number;
}

interface Connection {
  user: string;
  address: string;
  socket: Socket;
  position: string;
}

// It represents other machines, so the hub and the databases have priority on few cores.
setPriority(constants.priority.PRIORITY_LOW);

const settings = JSON.parse(process.env.BENCH_CROWD ?? '{}') as Settings;
const hub = new HubClient(settings.url, settings.secret, settings.space);

/** Each client has its own address, as on the internet. */
const addressOf = (n: number): string => `10.1.${n >> 8}.${n & 255}`;

async function open(n: number, kind: string): Promise<Connection> {
  const user = `${kind}-${n}`;
  const address = addressOf(n);
  const token = await hub.token(user);
  for (let attempt = 1; ; attempt += 1) {
    try {
      return { user, address, socket: await connect(settings.url, { token }, address), position: '' };
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      await delay(BACKOFF_MS * (1 + Math.random()));
    }
  }
}

async function openAll(count: number, kind: string): Promise<Connection[]> {
  const connections: Connection[] = [];
  for (let start = 0; start < count; start += BATCH_SIZE) {
    const size = Math.min(BATCH_SIZE, count - start);
    connections.push(
      ...(await Promise.all(Array.from({ length: size }, (_, index) => open(start + index, kind)))),
    );
  }
  return connections;
}

interface Ack {
  ok: boolean;
  data?: { position: string };
}

async function call(socket: Socket, event: string, payload: object): Promise<string> {
  const ack: Ack = await socket.timeout(RESPONSE_TIMEOUT_MS).emitWithAck(event, payload);
  if (!ack.ok || !ack.data) throw new Error(`${event} was refused`);
  return ack.data.position;
}

async function resume(connections: Connection[]): Promise<{ seconds: number; failed: number }> {
  for (const { socket } of connections) socket.disconnect();
  const started = performance.now();
  let failed = 0;
  await Promise.all(
    connections.map(async (connection, n) => {
      try {
        connection.socket = (await open(n, 'resuming')).socket;
        connection.position = await call(connection.socket, 'feed:changes', {
          position: connection.position,
        });
      } catch {
        failed += 1;
      }
    }),
  );
  return { seconds: (performance.now() - started) / 1_000, failed };
}

const idle = await openAll(settings.idle, 'idle');
const resuming = await openAll(settings.resuming, 'resuming');
for (const connection of resuming)
  connection.position = await call(connection.socket, 'feed:list', { limit: 1 });

onCommand((command) => {
  if (command.kind === 'stop') process.exit(0);
  if (command.kind === 'resume')
    void resume(resuming).then((result) => reply({ kind: 'resumed', ...result }));
});
for (const { socket, user } of idle) {
  socket.on('disconnect', (reason) => process.stderr.write(`crowd: ${user} disconnected: ${reason}\n`));
}
reply({ kind: 'ready', url: null });
