import type { mongo } from 'mongoose';
import { yieldToEventLoop } from '../../core/paging/event-loop.ts';

/** Documents decoded before yielding to the event loop. The largest action takes half a millisecond. */
const DECODE_BATCH_SIZE = 4;

/** Returns all documents of a cursor. They arrive together but are decoded one by one, so decoding yields in between. */
export async function readCursor<T>(cursor: mongo.FindCursor<T>): Promise<T[]> {
  const docs: T[] = [];
  for (;;) {
    const batch = cursor.readBufferedDocuments(DECODE_BATCH_SIZE);
    if (batch.length > 0) docs.push(...batch);
    else {
      const next = await cursor.next();
      if (next === null) return docs;
      docs.push(next);
    }
    await yieldToEventLoop();
  }
}
