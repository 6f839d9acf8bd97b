import { describe, expect, it } from 'vitest';
import { until, useDatabase } from './database.ts';

describe('TTL indexes', () => {
  const database = useDatabase();

  // The job that deletes expired documents runs once a minute.
  it('delete only expired documents', async () => {
    const notes = database.connection.collection<{ _id: string; at: Date }>('notes');
    await notes.createIndex({ at: 1 }, { expireAfterSeconds: 1 });
    await notes.insertMany([
      { _id: 'old', at: new Date(Date.now() - 60_000) },
      { _id: 'new', at: new Date(Date.now() + 3_600_000) },
    ]);
    await until(async () => (await notes.countDocuments({ _id: 'old' })) === 0, 150_000, 'expired');
    expect(await notes.countDocuments()).toBe(1);
  }, 170_000);
});
