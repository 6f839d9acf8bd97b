import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Fixture } from './fixture.ts';

/** For the tests of a file: opened before the first; after each its pages are closed, and none may have complained. */
export function fixtureOfTests({ mayComplain = false } = {}): Fixture {
  const fixture = new Fixture();
  beforeAll(() => fixture.open());
  afterEach(async () => {
    if (!mayComplain) expect(fixture.complaints).toEqual([]);
    await fixture.closePages();
  });
  afterAll(() => fixture.close());
  return fixture;
}
