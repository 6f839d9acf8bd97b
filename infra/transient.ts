import { Error as MongooseError, mongo } from 'mongoose';

/** What ioredis and the operating system say while a server is away or coming up. */
const away =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Connection is closed|timed out|LOADING|READONLY|MISCONF|OOM|max retries/i;

/** Whether the fault lies with a database that is away: the same work will succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof mongo.MongoNetworkError || error instanceof mongo.MongoServerSelectionError)
    return true;
  if (error instanceof mongo.MongoNotConnectedError || error instanceof mongo.MongoTopologyClosedError)
    return true;
  if (error instanceof MongooseError.MongooseServerSelectionError) return true;
  if (error instanceof mongo.MongoError && error.hasErrorLabel(mongo.MongoErrorLabel.RetryableWriteError))
    return true;
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'MaxRetriesPerRequestError' || away.test(error.message) || notConnected.test(error.message)
  );
}

const notConnected = /before initial connection|bufferCommands|connection.*(pool|closed|destroyed)/i;
