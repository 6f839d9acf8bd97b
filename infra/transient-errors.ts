import { Error as MongooseError, mongo } from 'mongoose';

/** Error messages of ioredis and the operating system while a server is unavailable or starting. */
const unavailablePattern =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Connection is closed|timed out|LOADING|READONLY|MISCONF|OOM|max retries/i;

/**
 * Errors of a Redis Cluster or of Sentinel, during a failover or while a slot moves. The first line lists replies of servers, the
 * rest messages of ioredis.
 */
const failoverPattern = new RegExp(
  [
    '^(CLUSTERDOWN|MOVED|ASK|TRYAGAIN|MASTERDOWN|NOREPLICAS|UNBLOCKED)\\b',
    '^Failed to refresh slots cache',
    '^None of startup nodes is available',
    '^Too many Cluster redirections',
    '^Cluster (isn.t ready|is ended|is disconnect)',
    '^All sentinels are unreachable',
    '^Command aborted due to connection close',
    '^Node is disconnected',
  ].join('|'),
);

/** Returns true if the cause is an unavailable database, so that a retry will succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof mongo.MongoError) return isTransientMongo(error);
  if (error instanceof MongooseError.MongooseServerSelectionError) return true;
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    unavailablePattern.test(error.message) ||
    failoverPattern.test(error.message) ||
    notConnectedPattern.test(error.message)
  );
}

/** Errors that a server returned have a code. Errors that prevented a response have none. */
function isTransientMongo(error: mongo.MongoError): boolean {
  if (error.hasErrorLabel(mongo.MongoErrorLabel.RetryableWriteError)) return true;
  if (error instanceof mongo.MongoNotConnectedError || error instanceof mongo.MongoTopologyClosedError)
    return true;
  if (error instanceof mongo.MongoServerClosedError || error instanceof mongo.MongoClientClosedError)
    return true;
  // Other errors of this class mean that the driver rejects the call. A retry cannot succeed.
  if (error instanceof mongo.MongoAPIError) return false;
  return typeof error.code !== 'number' || unavailablePattern.test(error.message);
}

const notConnectedPattern = /before initial connection|bufferCommands|connection.*(pool|closed|destroyed)/i;
