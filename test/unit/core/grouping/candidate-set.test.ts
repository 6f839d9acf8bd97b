/** The candidate set reads stored actions in pages that fit into memory: many small ones, but few large ones. */
import { describe, expect, it } from 'vitest';
import { BatchCandidate } from '../../../../core/grouping/candidate.ts';
import { CandidateSet } from '../../../../core/grouping/candidate-set.ts';
import { SettingsHandlers } from '../../../../core/handlers/handlers.ts';
import type { AcceptedAction, StoredAction } from '../../../../core/model/entities.ts';
import { asMillis } from '../../../../core/model/units.ts';
import { defaultSettings } from '../../../../core/settings.ts';
import { MemoryActions } from '../../../support/memory/actions.ts';

const MILLION = 1_000_000;

const action = (id: string, timestamp: number, length: number): AcceptedAction => ({
  id,
  actor: { type: 'user', id: 'ada' },
  verb: 'played',
  targets: [{ type: 'song', id: '1', image: 'i'.repeat(length) }],
  related: [],
  level: 30,
  data: {},
  timestamp: asMillis(timestamp),
  updatedAt: asMillis(timestamp),
  count: 1,
  notify: [],
  seq: 1,
});

/** A candidate set over `count` stored actions of this length, newest first; a query; and the limit of each read. */
function candidateSetOver(count: number, length: number) {
  const stored = Array.from({ length: count }, (_, index): StoredAction => {
    const id = String(count - index).padStart(5, '0');
    return { ...action(id, count - index, length), version: 1 };
  });
  const reads: number[] = [];
  const store = new MemoryActions();
  store.findSimilar = async ({ after, limit }) => {
    reads.push(limit);
    const start = after ? stored.findIndex(({ id }) => id === after.id) + 1 : 0;
    return stored.slice(start, start + limit);
  };
  const candidates = new CandidateSet(
    store,
    new SettingsHandlers(defaultSettings, () => undefined),
    new Set(),
  );
  const incoming = action('a', count, 10);
  const candidate = new BatchCandidate(incoming, { bytes: 0, id: '1-0', actions: [incoming] }, null);
  return {
    candidates,
    query: { newer: candidate, withinMs: asMillis(MILLION) },
    reads,
    ids: stored.map(({ id }) => id),
  };
}

async function searchedIds({ candidates, query }: ReturnType<typeof candidateSetOver>): Promise<string[]> {
  const ids = candidates.loaded(query).map(({ id }) => id);
  for await (const page of candidates.unloaded(query)) ids.push(...page.map(({ id }) => id));
  return ids;
}

describe('candidates', () => {
  it('are read once per batch if they are few and small', async () => {
    const setup = candidateSetOver(900, 10);
    await setup.candidates.load([setup.query]);
    expect(await searchedIds(setup)).toEqual(setup.ids);
    expect(setup.reads).toEqual([100, 400, 500]);
  });

  it('are read by each query if there are many, newest first', async () => {
    const setup = candidateSetOver(2_000, 10);
    await setup.candidates.load([setup.query]);
    setup.reads.length = 0;
    expect(await searchedIds(setup)).toEqual(setup.ids);
    expect(setup.reads).toEqual([100, 400, 1_000, 1_000]);
  });

  it('are read few at a time if they are large', async () => {
    const setup = candidateSetOver(150, MILLION);
    await setup.candidates.load([setup.query]);
    expect(setup.reads).toEqual([100]);
    setup.reads.length = 0;
    expect(await searchedIds(setup)).toEqual(setup.ids);
    expect(setup.reads).toEqual([100, 17, 17, 17]);
  });
});
