import { afterAll, beforeAll } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoHandle } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { describeActionDeletion, describeObjectStore } from '../support/ports/deletion-stores.ts';
import { isolatedServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let mongo: MongoHandle;
let spaces: MongoSpaces;
let opened = 0;

beforeAll(async () => {
  services = await isolatedServices();
  mongo = connectMongo(services.config.mongodbUri, createLogger('test', 'silent'));
  await mongo.connection.asPromise();
  spaces = new MongoSpaces(mongo.connection, services.config.mongodbUri);
});
afterAll(async () => {
  await mongo.close();
  await services.remove();
});

const fresh = () => {
  opened += 1;
  return spaces.writer(`ending-${opened}`);
};

describeObjectStore('objects in MongoDB', async () => (await fresh()).objects);
describeActionDeletion('actions in MongoDB', async () => (await fresh()).actions);
