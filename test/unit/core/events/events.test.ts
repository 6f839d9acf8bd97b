import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HubError } from '../../../../core/errors.ts';
import {
  createEvent,
  eventStats,
  eventsOfObject,
  latestEvent,
  listEvents,
} from '../../../../core/events/events.ts';
import type { Event } from '../../../../protocol/entities.ts';
import { eventInput, eventsQuery } from '../../../../protocol/schemas/events.ts';
import { MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

const request = { method: 'POST', path: '/v1/events', address: '127.0.0.1', agent: null };

const create = (hub: MemoryHub, input: object, key?: string, as = service, deps = hub.deps) =>
  createEvent(deps, as, { input: eventInput.parse(input), request, key });

const list = (hub: MemoryHub, query: object = {}, as = service) =>
  listEvents(hub.deps, as, eventsQuery.parse(query));

describe('an event', () => {
  it('is stored and recorded, its request only recorded', async () => {
    const hub = new MemoryHub();
    const event = await create(hub, { name: 'x', user: 'ada', related: 'a:1' });
    const stored = { ...event, user: 'ada', timestamp: hub.time.now() };
    expect(hub.stores.events.all()).toEqual([stored]);
    expect(hub.eventLog.records).toEqual([{ space: SPACE, event: stored, request }]);
  });

  it('belongs to a user of the configured type', async () => {
    const hub = new MemoryHub({ settings: { userType: 'person' } });
    expect(await create(hub, { name: 'x', user: 'person:ada' })).toMatchObject({
      user: { type: 'person', id: 'ada' },
    });
    // A ref of another type is taken as a bare id.
    expect(await create(hub, { name: 'x', user: 'user:ada' })).toMatchObject({ user: { id: 'user:ada' } });
    await expect(create(hub, { name: 'x', user: { type: 'user', id: 'ada' } })).rejects.toMatchObject({
      code: 'invalid_input',
      fields: [{ path: 'user' }],
    });
  });
});

describe('a key', () => {
  it('completes an event whose writer crashed between claim and insert', async () => {
    const hub = new MemoryHub();
    const crashingHub = hub.process(async (method) => {
      if (method === 'insert') throw new Error('crashed');
    });
    await expect(create(hub, { name: 'x' }, 'k', service, crashingHub)).rejects.toThrow('crashed');
    expect(hub.stores.events.all()).toEqual([]);
    expect(hub.eventLog.records).toEqual([]);
    hub.time.advance(1_000);
    const event = await create(hub, { name: 'x' }, 'k');
    expect(await create(hub, { name: 'x' }, 'k')).toEqual(event);
    expect(hub.stores.events.all()).toHaveLength(1);
    expect(hub.eventLog.records).toHaveLength(1);
  });

  it('is not used up by a refused event', async () => {
    const hub = new MemoryHub();
    const ada = { ...principal('ada'), objects: { exact: new Set(['a:1']), prefixes: [] } };
    await expect(create(hub, { name: 'x', related: 'a:2' }, 'k', ada)).rejects.toBeInstanceOf(HubError);
    await create(hub, { name: 'x', related: 'a:1' }, 'k', ada);
    expect(hub.stores.events.all()).toHaveLength(1);
  });
});

const happening = fc.record({
  user: fc.option(fc.constantFrom('ada', 'bob'), { nil: undefined }),
  name: fc.constantFrom('x', 'y'),
  related: fc.option(fc.constantFrom('a:1', 'b:1'), { nil: undefined }),
  /** Milliseconds after the previous event. */
  later: fc.constantFrom(0, 0, 1, 1_000),
});
const filters = fc.record(
  {
    user: fc.constantFrom('ada', 'bob'),
    name: fc.constantFrom('x', 'y'),
    related: fc.constantFrom('a:1', 'b:1'),
    since: fc.integer({ min: -1, max: 4_000 }),
    until: fc.integer({ min: -1, max: 4_000 }),
  },
  { requiredKeys: [] },
);

describe('lists of events', () => {
  it('match the filter, newest first, even if events arrive between pages', async () => {
    const scenario = fc.tuple(
      fc.array(happening, { maxLength: 20 }),
      filters,
      fc.integer({ min: 1, max: 5 }),
    );
    await fc.assert(
      fc.asyncProperty(scenario, async ([happenings, { since, until, ...filter }, limit]) => {
        const hub = new MemoryHub();
        const start = hub.time.now();
        const created: Event[] = [];
        for (const { later, ...input } of happenings) {
          hub.time.advance(later);
          created.push(await create(hub, input));
        }
        const at = (bound: number | undefined) =>
          bound === undefined ? undefined : new Date(start + bound).toISOString();
        const query = { ...filter, since: at(since), until: at(until), limit };
        const keyOf = ({ type, id }: { type: string; id: string }) => `${type}:${id}`;
        const expected = created
          .filter(
            ({ user, name, related, timestamp }) =>
              (!filter.user || user?.id === filter.user) &&
              (!filter.name || name === filter.name) &&
              (!filter.related || (related && keyOf(related) === filter.related)) &&
              (query.since === undefined || timestamp >= query.since) &&
              (query.until === undefined || timestamp <= query.until),
          )
          .reverse();
        const seen: Event[] = [];
        for (let cursor: string | null | undefined; cursor !== null; ) {
          const page: Awaited<ReturnType<typeof list>> = await list(hub, {
            ...query,
            ...(cursor && { cursor }),
          });
          expect(page.items.length).toBeLessThanOrEqual(limit);
          seen.push(...page.items);
          cursor = page.nextCursor;
          hub.time.advance(1);
          await create(hub, { name: 'x', user: 'ada', related: 'a:1' });
        }
        expect(seen).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('agree with the statistics and with the events of an object', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(happening, { maxLength: 20 }), async (happenings) => {
        const hub = new MemoryHub();
        for (const { later, ...input } of happenings) {
          hub.time.advance(later);
          await create(hub, input);
        }
        const { items } = await list(hub, { user: 'ada', limit: 100 });
        expect(await latestEvent(hub.deps, service, 'ada', undefined)).toEqual({ event: items[0] ?? null });
        const names = [...new Set(items.map((event) => event.name))].sort();
        const stats = names.map((name) => {
          const named = items.filter((event) => event.name === name);
          return { name, count: named.length, latest: named[0]?.timestamp };
        });
        expect(await eventStats(hub.deps, service, 'ada')).toEqual({ items: stats });
        for (const { name, latest } of stats) {
          expect((await latestEvent(hub.deps, service, 'ada', name)).event?.timestamp).toBe(latest);
        }
        const about = await eventsOfObject(hub.deps, service, { type: 'a', id: '1' }, { limit: 100 });
        expect(about).toEqual(await list(hub, { related: 'a:1', limit: 100 }));
      }),
      { numRuns: 200 },
    );
  });
});
