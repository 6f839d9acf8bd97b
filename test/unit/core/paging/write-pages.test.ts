import { expect, it } from 'vitest';
import { writePages } from '../../../../core/paging/write-pages.ts';

async function* pagesOf(count: number) {
  for (let page = 1; page <= count; page += 1) yield page;
}

/** Writes that end when the test says so. */
class HeldWrites {
  readonly #held = new Map<number, { promise: Promise<void>; end: (error?: Error) => void }>();

  write(page: number): Promise<void> {
    return this.#of(page).promise;
  }

  end(page: number, error?: Error): void {
    this.#of(page).end(error);
  }

  #of(page: number) {
    const known = this.#held.get(page);
    if (known) return known;
    let end: (error?: Error) => void = () => undefined;
    const promise = new Promise<void>((resolve, reject) => {
      end = (error) => (error ? reject(error) : resolve());
    });
    const held = { promise, end };
    this.#held.set(page, held);
    return held;
  }
}

const nextTurn = () => new Promise(setImmediate);

it('pages are written at the same time, up to the limit, and yielded in their order', async () => {
  const writes = new HeldWrites();
  const started: number[] = [];
  const finished: number[] = [];
  const write = (page: number) => {
    started.push(page);
    return writes.write(page);
  };
  const writing = (async () => {
    for await (const page of writePages(pagesOf(4), 2, write)) finished.push(page);
  })();
  await nextTurn();
  expect(started).toEqual([1, 2]);
  writes.end(2);
  await nextTurn();
  expect(finished).toEqual([]);
  writes.end(1);
  await nextTurn();
  expect(finished).toEqual([1, 2]);
  expect(started).toEqual([1, 2, 3, 4]);
  for (const page of [4, 3]) writes.end(page);
  await writing;
  expect(finished).toEqual([1, 2, 3, 4]);
});

it('after a failure nothing more is yielded, and the iteration ends when no write runs', async () => {
  const writes = new HeldWrites();
  const finished: number[] = [];
  let outcome = 'running';
  const writing = (async () => {
    for await (const page of writePages(pagesOf(9), 3, (page) => writes.write(page))) finished.push(page);
  })().catch((error: Error) => {
    outcome = error.message;
  });
  await nextTurn();
  writes.end(1, new Error('page 1 failed'));
  writes.end(2);
  await nextTurn();
  expect(outcome).toBe('running');
  writes.end(3);
  await writing;
  expect(outcome).toBe('page 1 failed');
  expect(finished).toEqual([]);
});

it('a consumer that stops waits for the writes that run', async () => {
  const writes = new HeldWrites();
  writes.end(1);
  let stopped = false;
  const writing = (async () => {
    for await (const _ of writePages(pagesOf(9), 2, (page) => writes.write(page))) break;
    stopped = true;
  })();
  await nextTurn();
  expect(stopped).toBe(false);
  writes.end(2);
  await writing;
});
