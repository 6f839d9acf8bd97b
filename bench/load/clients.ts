/**
 * A process with thousands of connections to the hub or to the bare server. They count what they receive. On command they all
 * reconnect at once and request what they missed.
 */
import { constants, setPriority } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { FeedChanges, FeedPage } from '../../protocol/entities.ts';
import { HubClient } from '../client.ts';
import { onCommand, reply } from '../messages.ts';
import { eventOf, isItemWith, RawClient } from '../raw-client.ts';

/** Concurrent handshakes. */
const CONCURRENCY = 100;
/** Attempts of a client that is rejected because too many connect at once. */
const ATTEMPTS = 100;
const BACKOFF_MS = 250;

export interface ClientSettings {
  url: string;
  /** The ids of the users, one per connection. */
  users: string[];
  /** The secret of the hub's tokens. Without it, the server is the bare one. */
  secret?: string;
  /** Whether the process represents other machines: then the hub and the databases have priority on few cores. */
  isRemote?: boolean;
}

interface Connection {
  user: string;
  auth: Record<string, string>;
  address: string;
  client: RawClient;
  receipts: number;
  /** A position of the feed. */
  position: string;
}

const settings: ClientSettings = JSON.parse(process.env.BENCH_CLIENTS ?? '{}');
if (settings.isRemote) setPriority(constants.priority.PRIORITY_LOW);

const hub = settings.secret === undefined ? null : new HubClient(settings.url, settings.secret);
const connections: Connection[] = [];
let expected = '';
let sample: Buffer | null = null;
let waiting = 0;
let onAllReceived: () => void = () => undefined;
let repeated = 0;

/** Each client has its own address, as on the internet. */
const addressOf = (n: number): string => `10.1.${n >> 8}.${n & 255}`;

async function connectWithRetry(auth: Record<string, string>, address: string): Promise<RawClient> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await RawClient.open(settings.url, auth, address);
    } catch (error) {
      if (attempt === ATTEMPTS) throw error;
      repeated += 1;
      await delay(BACKOFF_MS * (1 + Math.random()));
    }
  }
}

function listen(connection: Connection): void {
  connection.client.onEvent = (packet) => {
    if (!isItemWith(packet, expected)) return;
    connection.receipts += 1;
    sample ??= packet;
    if (connection.receipts > 1) return;
    waiting -= 1;
    if (waiting === 0) onAllReceived();
  };
}

/** Runs the task for each number, several at a time. */
async function runEach(numbers: readonly number[], task: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const runSlot = async () => {
    while (next < numbers.length) {
      const n = numbers[next];
      next += 1;
      if (n !== undefined) await task(n);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, runSlot));
}

async function open(count: number): Promise<{ seconds: number; repeated: number }> {
  const first = connections.length;
  const numbers = Array.from({ length: count - first }, (_, index) => first + index);
  // Not part of the time: a backend creates the tokens.
  const auths = new Map<number, Record<string, string>>();
  for (const n of numbers) {
    const user = settings.users[n] ?? `client-${n}`;
    auths.set(n, hub === null ? { user } : { token: await hub.token(user) });
  }
  repeated = 0;
  const started = performance.now();
  await runEach(numbers, async (n) => {
    const [user, auth, address] = [settings.users[n] ?? `client-${n}`, auths.get(n) ?? {}, addressOf(n)];
    const client = await connectWithRetry(auth, address);
    connections.push({ user, auth, address, client, receipts: 0, position: '' });
  });
  return { seconds: (performance.now() - started) / 1_000, repeated };
}

interface Ack<T> {
  ok: boolean;
  data?: T;
}

async function call<T>({ client }: Connection, event: string, payload: object): Promise<T> {
  const ack = (await client.call(event, payload)) as Ack<T>;
  if (!ack.ok || ack.data === undefined) throw new Error(`${event} was rejected: ${JSON.stringify(ack)}`);
  return ack.data;
}

/** Everyone reconnects at once and requests the changes since its position. Returns how many got one with the text. */
async function catchUp(text: string): Promise<{ seconds: number; distinct: number; repeated: number }> {
  repeated = 0;
  let distinct = 0;
  const started = performance.now();
  await Promise.all(
    connections.map(async (connection) => {
      try {
        connection.client = await connectWithRetry(connection.auth, connection.address);
        listen(connection);
        const { position } = connection;
        const changes = await call<FeedChanges>(connection, 'feed:changes', { position });
        connection.position = changes.position;
        if (JSON.stringify(changes.items).includes(text)) distinct += 1;
      } catch (error) {
        process.stderr.write(`clients: ${connection.user}: ${String(error)}\n`);
      }
    }),
  );
  return { seconds: (performance.now() - started) / 1_000, distinct, repeated };
}

async function awaitReceipts(milliseconds: number): Promise<void> {
  const timeout = delay(milliseconds, undefined, { ref: false });
  const all = new Promise<void>((resolve) => {
    onAllReceived = resolve;
    if (waiting <= 0) resolve();
  });
  await Promise.race([all, timeout]);
  const distinct = connections.filter(({ receipts }) => receipts > 0).length;
  const receipts = connections.reduce((sum, connection) => sum + connection.receipts, 0);
  reply({
    kind: 'received',
    distinct,
    doubled: receipts - distinct,
    sample: sample && JSON.stringify(eventOf(sample)[1]),
  });
}

function closeAll(): void {
  for (const { client } of connections) client.close();
}

onCommand((command) => {
  switch (command.kind) {
    case 'open':
      void open(command.count).then((opened) => reply({ kind: 'opened', ...opened }));
      break;
    case 'close':
      closeAll();
      connections.length = 0;
      reply({ kind: 'closed' });
      break;
    case 'disconnect':
      void (async () => {
        await runEach([...connections.keys()], async (n) => {
          const connection = connections[n];
          // After a reconnection it has the position of the last changes.
          if (connection === undefined || connection.position !== '') return;
          connection.position = (await call<FeedPage>(connection, 'feed:list', { limit: 1 })).position;
        });
        closeAll();
        reply({ kind: 'closed' });
      })();
      break;
    case 'expect':
      expected = command.text;
      sample = null;
      waiting = connections.length;
      for (const connection of connections) {
        connection.receipts = 0;
        listen(connection);
      }
      reply({ kind: 'expecting' });
      break;
    case 'await-receipts':
      void awaitReceipts(command.milliseconds);
      break;
    case 'catch-up':
      void catchUp(command.text).then((result) => reply({ kind: 'caught-up', ...result }));
      break;
    case 'stop':
      process.exit(0);
  }
});
reply({ kind: 'ready', url: null });
