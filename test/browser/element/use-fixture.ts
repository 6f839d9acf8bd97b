import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Fixture } from './fixture.ts';

/** Opens a fixture for the tests of a file. After each test it closes the pages and expects no console errors. */
export function useFixture({ allowsErrors = false } = {}): Fixture {
  const fixture = new Fixture();
  beforeAll(() => fixture.open());
  afterEach(async () => {
    if (!allowsErrors) expect(fixture.consoleErrors).toEqual([]);
    await fixture.closePages();
  });
  afterAll(() => fixture.close());
  return fixture;
}
