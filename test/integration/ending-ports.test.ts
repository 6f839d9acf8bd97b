import { afterAll, beforeAll } from 'vitest';
import { createLogger } from '../../infra/log.ts';
import { connectMongo, type MongoLink } from '../../infra/mongo/connect.ts';
import { MongoSpaces } from '../../infra/mongo/spaces.ts';
import { endsActions, isObjectStore } from '../support/ports/endings.ts';
import { ownServices, type TestServices } from '../support/services.ts';

let services: TestServices;
let mongo: MongoLink;
let spaces: MongoSpaces;
let opened = 0;

beforeAll(async () => {
  services = await ownServices();
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

isObjectStore('objects in MongoDB', async () => (await fresh()).objects);
endsActions('actions in MongoDB', async () => (await fresh()).actions);
