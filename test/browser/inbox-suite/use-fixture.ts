import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { Fixture, type Renderer } from './fixture.ts';

/** Opens a fixture for the tests of a file. After each test it closes the pages and expects no console errors. */
export function useFixture(renderer: Renderer, { allowsErrors = false } = {}): Fixture {
  const fixture = new Fixture(renderer);
  beforeAll(() => fixture.open());
  afterEach(async () => {
    if (!allowsErrors) expect(fixture.consoleErrors).toEqual([]);
    fixture.consoleErrors.length = 0;
    await fixture.closePages();
  });
  afterAll(() => fixture.close());
  return fixture;
}
