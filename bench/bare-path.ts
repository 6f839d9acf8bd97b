/** The two processes of the bare path and its collections. */
import { BARE_ACTIONS, BARE_ITEMS } from './bare/documents.ts';
import { type Child, startChild } from './child.ts';
import { connect } from './client.ts';
import type { BenchEnvironment } from './environment.ts';
import type { ReceiptPath } from './probe.ts';
import { RawCollection } from './raw-collection.ts';

export interface BarePath {
  /** The address of the process with the sender. */
  url: string;
  open(payload: (n: number) => object): Promise<ReceiptPath>;
  stop(): Promise<void>;
}

/** The hub's collections must exist: the bare ones get the same indexes. */
export async function startBarePath(environment: BenchEnvironment): Promise<BarePath> {
  const collections = [
    await RawCollection.open(environment, 'actions', BARE_ACTIONS),
    await RawCollection.open(environment, 'items', BARE_ITEMS),
  ];
  const [first, second]: [Child, Child] = [
    await startChild('bare/path.ts', environment.env),
    await startChild('bare/path.ts', environment.env),
  ];
  return {
    url: first.url,
    open: async (payload) => ({
      sender: await connect(first.url, { user: 'sender' }),
      receiver: await connect(second.url, { user: 'receiver' }),
      payload: (n) => ({ ...payload(n), to: ['receiver'] }),
    }),
    async stop() {
      await first.stop();
      await second.stop();
      for (const collection of collections) await collection.drop();
    },
  };
}
