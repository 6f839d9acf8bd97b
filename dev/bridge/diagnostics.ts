/** Commands about the server, including those that drivers send when they connect. */
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { deserialize, Long, ObjectId } from 'bson';
import { Code, MongoError } from './errors.ts';
import type { Handler } from './handler.ts';
import { reply } from './handler.ts';
import { MAX_MESSAGE_BYTES } from './wire.ts';

const VERSION = '7.0.0';
const WIRE_VERSION = 21;
const MAX_DOCUMENT_BYTES = 16 * 1024 * 1024;
/** DocumentDB's own limit. */
const MAX_WRITE_BATCH = 25_000;

/** The topology never changes while the server runs. */
const topologyVersion = { processId: new ObjectId(), counter: Long.ZERO };
const MAX_AWAIT_MS = 30_000;

interface Hello {
  topologyVersion?: unknown;
  maxAwaitTimeMS?: unknown;
}

/** Milliseconds for which a monitoring driver waits for a topology change; 0 for an immediate reply. */
function awaitMs(body: Uint8Array): number {
  const request: Hello = deserialize(body);
  const requestedMs = Number(request.maxAwaitTimeMS);
  return request.topologyVersion === undefined || !(requestedMs > 0)
    ? 0
    : Math.min(requestedMs, MAX_AWAIT_MS);
}

/** Whether a request is a `hello` that waits for a topology change. */
export const isAwaitableHello = (body: Uint8Array): boolean => {
  const [name] = Object.keys(deserialize(body));
  return /^(hello|ismaster)$/i.test(name ?? '') && awaitMs(body) > 0;
};

/**
 * A monitoring driver gets a reply when the topology changes, or after `maxAwaitTimeMS`. So it notices a broken connection
 * at once. It sends one request with `exhaustAllowed` and then expects replies with `moreToCome`: after a single reply it
 * would drop its whole pool. Without `topologyVersion`, drivers poll from time to time, and a request during which the
 * connection breaks may wait for ever.
 */
async function waitForTopologyChange(body: Uint8Array): Promise<void> {
  const milliseconds = awaitMs(body);
  if (milliseconds > 0) await delay(milliseconds, undefined, { ref: false });
}

function helloHandler(primary: 'isWritablePrimary' | 'ismaster'): Handler {
  return async (command) => {
    await waitForTopologyChange(command.body);
    return reply({
      [primary]: true,
      topologyVersion,
      helloOk: true,
      // Drivers allow transactions only on replica sets and with mongos, and mongos is simplest to imitate.
      msg: 'isdbgrid',
      maxBsonObjectSize: MAX_DOCUMENT_BYTES,
      maxMessageSizeBytes: MAX_MESSAGE_BYTES,
      maxWriteBatchSize: MAX_WRITE_BATCH,
      localTime: new Date(),
      logicalSessionTimeoutMinutes: 30,
      minWireVersion: 0,
      maxWireVersion: WIRE_VERSION,
      readOnly: false,
    });
  };
}

export const hello = helloHandler('isWritablePrimary');
export const isMaster = helloHandler('ismaster');

export const ok: Handler = async () => reply();

export const buildInfo: Handler = async () =>
  reply({
    version: VERSION,
    versionArray: [7, 0, 0, 0],
    gitVersion: 'DocumentDB behind a bridge for development',
    modules: [],
    bits: 64,
    debug: false,
    maxBsonObjectSize: MAX_DOCUMENT_BYTES,
  });

export const connectionStatus: Handler = async () =>
  reply({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] } });

export const serverStatus: Handler = async (_command, { database }) => {
  const text = `SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')::int,
    extract(epoch FROM now() - pg_postmaster_start_time())::int`;
  const [connections, uptime] = await database.query(text, []);
  return reply({
    host: hostname(),
    version: VERSION,
    process: 'bridge',
    pid: Long.fromNumber(process.pid),
    uptime: Number(uptime),
    localTime: new Date(),
    connections: { current: Number(connections) },
    mem: { bits: 64, resident: Math.round(process.memoryUsage.rss() / 1024 ** 2) },
  });
};

const PARAMETERS: Record<string, unknown> = { featureCompatibilityVersion: { version: '7.0' } };

export const getParameter: Handler = async (command) => {
  const { getParameter: requested, ...named } = deserialize(command.body);
  const known = Object.entries(PARAMETERS).filter(([name]) => requested === '*' || name in named);
  if (known.length === 0) throw new MongoError(Code.IllegalOperation, 'no option found to get');
  return reply(Object.fromEntries(known));
};

export const getLog: Handler = async () => reply({ totalLinesWritten: 0, log: [] });
export const getCmdLineOpts: Handler = async () => reply({ argv: ['bridge'], parsed: {} });
export const whatsMyUri: Handler = async () => reply({ you: '127.0.0.1:0' });
