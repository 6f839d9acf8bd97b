import type { mongo } from 'mongoose';
import { breathe } from '../../core/event-loop.ts';

/** Documents of an answer that are decoded in a row. The largest action takes half a millisecond. */
const SLICE = 4;

/** All documents of a cursor. They arrive together, and are decoded as they are taken, so others have turns in between. */
export async function inSlices<T>(cursor: mongo.FindCursor<T>): Promise<T[]> {
  const docs: T[] = [];
  for (;;) {
    const some = cursor.readBufferedDocuments(SLICE);
    if (some.length > 0) docs.push(...some);
    else {
      const next = await cursor.next();
      if (next === null) return docs;
      docs.push(next);
    }
    await breathe();
  }
}
