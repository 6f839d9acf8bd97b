import mongoose from 'mongoose';
import { expect, it } from 'vitest';
import { mongodbUri, until } from './database.ts';

it('the database server sends many replies to one request, as a monitoring driver needs', async () => {
  const client = new mongoose.mongo.MongoClient(mongodbUri(), { heartbeatFrequencyMS: 500 });
  const seen = { heartbeats: 0, failed: 0, poolsCleared: 0 };
  client.on('serverHeartbeatSucceeded', ({ awaited }) => {
    if (awaited) seen.heartbeats += 1;
  });
  client.on('serverHeartbeatFailed', () => {
    seen.failed += 1;
  });
  client.on('connectionPoolCleared', () => {
    seen.poolsCleared += 1;
  });
  try {
    await client.connect();
    await until(() => seen.heartbeats >= 4 || seen.failed > 0, 20_000, 'four heartbeats');
    expect(seen).toMatchObject({ failed: 0, poolsCleared: 0 });
    expect(await client.db().command({ ping: 1 })).toMatchObject({ ok: 1 });
  } finally {
    await client.close();
  }
});
