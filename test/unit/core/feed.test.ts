/** Feeds after anything that can happen, one thing after the other, are those of the contract. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DrivenHub } from '../../support/model/driven-hub.ts';
import { type Step, step } from '../../support/model/steps.ts';
import * as world from '../../support/model/world.ts';

const steps = fc.array(step, { minLength: 1, maxLength: 14 });

async function follows(driven: DrivenHub, all: readonly Step[]): Promise<void> {
  for (const each of all) {
    await driven.run(each);
    const { hub, model } = driven.answers.at(-1) ?? { hub: null, model: null };
    expect(hub).toEqual(model);
    const feeds = await driven.feeds();
    expect(feeds).toEqual(driven.modelFeeds());
    for (const { items, counts } of feeds.values()) {
      expect(counts.unread).toBe(items.filter((item) => item.unread).length);
    }
    expect(driven.hub.clock.inFlight('default')).toBe(0);
    expect(driven.hub.queue.allPending('default')).toEqual([]);
  }
}

describe('a feed', () => {
  it('is that of the contract after any sequence of actions, trackers and marks', async () => {
    await fc.assert(
      fc.asyncProperty(steps, world.ownActions, (all, ownActions) =>
        follows(new DrivenHub({ settings: { ownActions } }), all),
      ),
      { numRuns: 500 },
    );
  });

  it('is the same however fan-out is cut into chunks and handed on', async () => {
    await fc.assert(
      fc.asyncProperty(steps, world.ownActions, world.bounds, (all, ownActions, bounds) =>
        follows(new DrivenHub({ settings: { ownActions }, bounds }), all),
      ),
      { numRuns: 500 },
    );
  });
});
