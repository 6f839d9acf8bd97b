import { Error as MongooseError, mongo } from 'mongoose';

/** What ioredis and the operating system say while a server is away or coming up. */
const away =
  /ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|Connection is closed|timed out|LOADING|READONLY|MISCONF|OOM|max retries/i;

/** Whether the fault lies with a database that is away: the same work will succeed later. */
export function isTransient(error: unknown): boolean {
  if (error instanceof mongo.MongoError) return isTransientMongo(error);
  if (error instanceof MongooseError.MongooseServerSelectionError) return true;
  if (!(error instanceof Error)) return false;
  return (
    error.name === 'MaxRetriesPerRequestError' || away.test(error.message) || notConnected.test(error.message)
  );
}

/** What a server answered has a code; what kept it from answering has none. */
function isTransientMongo(error: mongo.MongoError): boolean {
  if (error.hasErrorLabel(mongo.MongoErrorLabel.RetryableWriteError)) return true;
  if (error instanceof mongo.MongoNotConnectedError || error instanceof mongo.MongoTopologyClosedError)
    return true;
  if (error instanceof mongo.MongoServerClosedError || error instanceof mongo.MongoClientClosedError)
    return true;
  // The others of this kind are calls that the driver refuses: they are never right.
  if (error instanceof mongo.MongoAPIError) return false;
  return typeof error.code !== 'number' || away.test(error.message);
}

const notConnected = /before initial connection|bufferCommands|connection.*(pool|closed|destroyed)/i;
