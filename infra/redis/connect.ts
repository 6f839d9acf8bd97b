import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { ConfigError } from '../../config/config.ts';
import { parseRedisUrl, type RedisAddress } from '../../config/redis-url.ts';
import type { Logger } from '../log.ts';
import { exitWithConfigError } from '../process.ts';
import { type ClusterOptions, TimedCluster } from './timed-cluster.ts';

/** One server, the master that Sentinel names, or a cluster. */
export type RedisClient = Redis | Cluster;

type ServerAddress = Exclude<RedisAddress, { kind: 'cluster' }>;
type ClusterAddress = Extract<RedisAddress, { kind: 'cluster' }>;

/** How commands behave while the connection is lost, or while the cluster has no master for their slot. */
interface Semantics {
  server: RedisOptions;
  cluster: ClusterOptions;
  /** Of a command, from call to response, in milliseconds. `null`: no limit. */
  clusterTimeoutMs: number | null;
}

const TIMEOUT_MS = 5_000;
/** Pause of a cluster's client before it sends a command again. */
const RESEND_MS = 100;

/** A command fails after some seconds. */
const FOR_REQUESTS: Semantics = {
  server: { commandTimeout: TIMEOUT_MS, maxRetriesPerRequest: 2 },
  // At most two redirections per pause: the pause, and a MOVED from a node that replaces the lost one.
  cluster: {
    maxRedirections: (2 * TIMEOUT_MS) / RESEND_MS,
    // Finds a failover without a command, for subscriptions. A refresh opens a connection, so other clients do without.
    slotsRefreshInterval: 5_000,
    redisOptions: { commandTimeout: TIMEOUT_MS, maxRetriesPerRequest: 2 },
  },
  clusterTimeoutMs: TIMEOUT_MS,
};

/** A command fails at the loss of the connection: one that is sent again later has nobody waiting for it. */
const FOR_BLOCKING: Semantics = {
  server: { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
  cluster: {
    enableOfflineQueue: false,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    redisOptions: { maxRetriesPerRequest: 0, autoResendUnfulfilledCommands: false },
  },
  clusterTimeoutMs: null,
};

/** Commands wait until Redis is available. */
const WITH_RETRY: Semantics = {
  server: { maxRetriesPerRequest: null },
  cluster: { maxRedirections: Number.POSITIVE_INFINITY, redisOptions: { maxRetriesPerRequest: null } },
  clusterTimeoutMs: null,
};

/** At most half a second, so that waiting commands resume soon after Redis is available again. */
const retryStrategy = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 6), 500);

/** A node that does not respond for this long is gone. Longer than commands block. */
const SOCKET_TIMEOUT_MS = 15_000;

const CLUSTER_OPTIONS: ClusterOptions = {
  clusterRetryStrategy: retryStrategy,
  retryDelayOnFailover: RESEND_MS,
  retryDelayOnClusterDown: RESEND_MS,
  retryDelayOnTryAgain: RESEND_MS,
  // Two nodes that disagree about a slot must not send a command back and forth without pause.
  retryDelayOnMoved: 10,
  slotsRefreshTimeout: 2_000,
  // Keeps host names: certificates contain them, and their addresses may change.
  dnsLookup: (host, callback) => callback(null, host),
};

/** For requests: a command fails after some seconds, but reconnecting never stops. */
export const connectRedis = (url: string, log: Logger): RedisClient => connect(url, log, FOR_REQUESTS);

/** For commands that block. A cluster needs a client for each shard: commands to one node share a connection. */
export const connectForBlocking = (url: string, log: Logger): RedisClient => connect(url, log, FOR_BLOCKING);

/** For BullMQ. */
export const connectWithRetry = (url: string, log: Logger): RedisClient => connect(url, log, WITH_RETRY);

/**
 * For the subscriptions of a process. In a cluster, sharded-channels.ts opens connections to the nodes that it needs; `requests`
 * knows the nodes, and learns of changes first.
 */
export function connectForSubscriptions(url: string, log: Logger, requests: RedisClient): RedisClient {
  if (requests instanceof Cluster) return requests;
  const server = { ...WITH_RETRY.server, autoResubscribe: false };
  return connect(url, log, { ...WITH_RETRY, server });
}

/** @throws ConfigError if the address is invalid */
function connect(url: string, log: Logger, semantics: Semantics): RedisClient {
  const address = parseRedisUrl(url);
  if (typeof address === 'string') throw new ConfigError(`REDIS_URL ${address}`);
  const client =
    address.kind === 'cluster' ? openCluster(address, semantics) : openServer(address, semantics.server);
  logOutages(client, log, (error) => {
    // The client would continue on database 0, which may belong to another hub.
    if (error.message.includes('DB index is out of range') && address.kind !== 'cluster') {
      return `names database ${address.database}, but this Redis has no such database`;
    }
    return error.message.includes('cluster support disabled')
      ? 'names a cluster, but this Redis is none: write redis:// instead of redis+cluster://'
      : null;
  });
  return client;
}

function openServer(address: ServerAddress, semantics: RedisOptions): Redis {
  const options: RedisOptions = {
    retryStrategy,
    ...accessOptions(address),
    ...semantics,
    db: address.database,
  };
  const [{ host, port } = { host: '127.0.0.1', port: 6379 }] = address.hosts;
  if (address.kind === 'server') return new Redis({ ...options, host, port });
  return new Redis({
    ...options,
    sentinels: [...address.hosts],
    name: address.master,
    sentinelUsername: address.sentinels.username,
    sentinelPassword: address.sentinels.password,
    ...(options.tls && { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
    // Reconnects when Sentinel announces a new master, although the old one may still respond.
    failoverDetector: true,
    sentinelReconnectStrategy: retryStrategy,
    // The old master has become a replica, and rejected the command. 2: send it again after reconnecting.
    reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
  });
}

function openCluster(address: ClusterAddress, { cluster, clusterTimeoutMs }: Semantics): Cluster {
  const options: ClusterOptions = {
    ...CLUSTER_OPTIONS,
    ...cluster,
    redisOptions: { socketTimeout: SOCKET_TIMEOUT_MS, ...accessOptions(address), ...cluster.redisOptions },
  };
  const hosts = [...address.hosts];
  return clusterTimeoutMs === null
    ? new Cluster(hosts, options)
    : new TimedCluster(hosts, options, clusterTimeoutMs);
}

/** TLS trusts the authorities of Node.js, and those of NODE_EXTRA_CA_CERTS. */
const accessOptions = ({
  username,
  password,
  tls,
  servername,
}: RedisAddress): Pick<RedisOptions, 'username' | 'password' | 'tls'> => ({
  ...(username !== undefined && { username }),
  ...(password !== undefined && { password }),
  ...(tls && { tls: { ...(servername !== undefined && { servername }) } }),
});

/** Logs the begin and the end of an outage. `configErrorOf` returns what is wrong with REDIS_URL, if this error means that. */
function logOutages(client: RedisClient, log: Logger, configErrorOf: (error: Error) => string | null): void {
  let isReported = false;
  client.on('error', (error: Error) => {
    const cause = lastNodeErrorOf(error) ?? error;
    const configError = configErrorOf(cause);
    if (configError !== null) exitWithConfigError(`REDIS_URL ${configError}`);
    if (!isReported) log.warn({ err: cause }, 'Redis unavailable; retrying');
    isReported = true;
  });
  client.on('ready', () => {
    if (isReported) log.info('Redis available again');
    isReported = false;
  });
}

/** A cluster's client reports only that no node responded, and keeps the error of the last node beside that. */
const lastNodeErrorOf = (error: Error): Error | null =>
  'lastNodeError' in error && error.lastNodeError instanceof Error ? error.lastNodeError : null;
