import { createRequire } from 'node:module';
import { type Model, mongo } from 'mongoose';
import { isOther, type WriteError } from './duplicate-keys.ts';

/** The part of the driver that is used here. */
interface DriverParts {
  MongoDBNamespace: new (db: string, collection: string) => object;
  InsertOperation: new (
    namespace: object,
    documents: readonly object[],
    options: object,
    serialized: readonly Uint8Array[],
  ) => object;
  executeOperation(
    client: mongo.MongoClient,
    operation: object,
  ): Promise<{ n: number; writeErrors?: WriteError[] }>;
}

function loadDriver(): DriverParts {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const parts: DriverParts = {
    ...driver('mongodb/lib/utils.js'),
    ...driver('mongodb/lib/operations/insert.js'),
    ...driver('mongodb/lib/operations/execute_operation.js'),
  };
  const operation = new parts.InsertOperation(new parts.MongoDBNamespace('db', 'items'), [{}], {}, []);
  if (!('serializedOperations' in operation) || typeof parts.executeOperation !== 'function') {
    throw new Error(
      'this version of the MongoDB driver inserts differently; check infra/mongo/insert-serialized.ts',
    );
  }
  return parts;
}

const { MongoDBNamespace, InsertOperation, executeOperation } = loadDriver();

/**
 * As an `insertMany` of these BSON documents, which follow each other. Returns the indexes of those whose `_id`
 * exists already; of an ordered insert that is the one at which it ended. `count`: of the documents. They must fit into one
 * message: 100,000 documents, 48 MB.
 *
 * `insertMany` (7.8.0) runs the same operation, with the same repetition after a lost connection. But it serializes one
 * object per document first. That takes most of the time that a worker spends on an item.
 */
export async function insertSerialized<T>(
  model: Model<T>,
  documents: Uint8Array,
  count: number,
  { ordered = false } = {},
): Promise<number[]> {
  const { db, collection } = model;
  const client = db.getClient();
  // The operation joins what it gets, so all documents may come as one.
  const operation = new InsertOperation(
    new MongoDBNamespace(db.name, collection.collectionName),
    [{}],
    { ordered, writeConcern: client.options.writeConcern },
    [documents],
  );
  const { n, writeErrors = [] } = await executeOperation(client, operation);
  const other = writeErrors.find(isOther);
  if (other) throw new mongo.MongoServerError({ ...other });
  // A driver that ignores the bytes would insert an empty document.
  const [first] = writeErrors;
  const expected = ordered ? (first?.index ?? count) : count - writeErrors.length;
  if (n !== expected) throw new Error(`MongoDB inserted ${n} of ${count} documents`);
  return writeErrors.map(({ index }) => index);
}
