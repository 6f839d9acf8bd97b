import { expect, it } from 'vitest';
import { readAhead } from '../../../../core/paging/read-ahead.ts';

function pagesOf(count: number, failAt?: number) {
  const log: string[] = [];
  async function* pages() {
    try {
      for (let page = 1; page <= count; page += 1) {
        log.push(`request ${page}`);
        if (page === failAt) throw new Error(`page ${page} failed`);
        yield page;
      }
    } finally {
      log.push('closed');
    }
  }
  return { log, pages: pages() };
}

it('a page is requested before the consumer has finished with the one before it', async () => {
  const { log, pages } = pagesOf(3);
  for await (const page of readAhead(pages)) log.push(`use ${page}`);
  expect(log).toEqual(['request 1', 'request 2', 'use 1', 'request 3', 'use 2', 'closed', 'use 3']);
});

it('a page that fails does so after the pages before it were used', async () => {
  const { pages } = pagesOf(3, 2);
  const used: number[] = [];
  const reading = (async () => {
    for await (const page of readAhead(pages)) {
      used.push(page);
      // Long enough for the rejection of the next page to be reported as unhandled.
      await new Promise(setImmediate);
    }
  })();
  await expect(reading).rejects.toThrow('page 2 failed');
  expect(used).toEqual([1]);
});

it('a consumer that stops closes the source', async () => {
  const { log, pages } = pagesOf(3);
  for await (const page of readAhead(pages)) if (page === 1) break;
  expect(log.at(-1)).toBe('closed');
});
