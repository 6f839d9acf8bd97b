/** A database for a test file on the server MONGODB_URI, dropped afterwards. */
import { randomUUID } from 'node:crypto';
import mongoose, { type Connection } from 'mongoose';
import { afterAll, beforeAll } from 'vitest';

export function mongodbUri(): string {
  const uri = process.env.MONGODB_URI;
  if (!uri) throw new Error('MONGODB_URI is not set: run the tests with npm test, or through dev/up.ts');
  return uri;
}

export function useDatabase(): { readonly connection: Connection } {
  let connection: Connection | undefined;
  beforeAll(async () => {
    const dbName = `dev-${randomUUID().slice(0, 18)}`;
    connection = await mongoose
      .createConnection(mongodbUri(), { dbName, serverSelectionTimeoutMS: 5_000 })
      .asPromise();
  });
  afterAll(async () => {
    await connection?.dropDatabase();
    await connection?.close();
  });
  return {
    get connection() {
      if (!connection) throw new Error('only inside of tests');
      return connection;
    },
  };
}

/** The error of a rejected promise. */
export async function failure(
  promise: Promise<unknown>,
): Promise<Record<string, unknown> & { message: string }> {
  try {
    await promise;
  } catch (error) {
    return error as Record<string, unknown> & { message: string };
  }
  throw new Error('did not fail');
}

/** Waits for a condition. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  deadlineMs: number,
  what: string,
): Promise<void> {
  const deadline = Date.now() + deadlineMs;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
