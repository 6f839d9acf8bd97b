import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { listActions, objectActions, trackerActions } from '../../../../core/actions/list.ts';
import type { StoredAction } from '../../../../core/model/entities.ts';
import { keyOf } from '../../../../core/model/keys.ts';
import { asMillis, asPosition } from '../../../../core/model/units.ts';
import { scanBounds } from '../../../../core/paging/time-ranges.ts';
import { presentTracker } from '../../../../core/rendering/present.ts';
import type { Action, Page, Ref } from '../../../../protocol/entities.ts';
import { actionInput } from '../../../../protocol/schemas/action.ts';
import { actionsQuery, objectActionsQuery } from '../../../../protocol/schemas/action-queries.ts';
import { MemoryHub, principal, service } from '../../../support/memory/hub.ts';

const START = Date.UTC(2026, 0, 1);
const refs = ['user:ada', 'user:bob', 'project:p1', 'project:p2', 'issue:1'];
const verbs = ['opened', 'closed', 'moved'];

interface Input {
  actor: string | null;
  verb: string;
  targets: string[];
  related: string[];
  level: number;
  /** Seconds after the start. */
  time: number;
  hidden: boolean;
}

const input: fc.Arbitrary<Input> = fc.record({
  actor: fc.constantFrom(...refs, null),
  verb: fc.constantFrom(...verbs),
  targets: fc.uniqueArray(fc.constantFrom(...refs), { maxLength: 2 }),
  related: fc.uniqueArray(fc.constantFrom(...refs), { maxLength: 2 }),
  level: fc.constantFrom(10, 20, 30, 40),
  time: fc.nat(5),
  hidden: fc.boolean(),
});

/** Filters as callers give them. */
interface Filters {
  actor?: string;
  target?: string;
  related?: string;
  object?: string;
  verb?: string[];
  level?: number;
  since?: number;
  until?: number;
}

const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 });
const anyRef = fc.constantFrom(...refs);
const filters: fc.Arbitrary<Filters> = fc.record({
  actor: maybe(anyRef),
  target: maybe(anyRef),
  related: maybe(anyRef),
  object: maybe(anyRef),
  verb: maybe(fc.uniqueArray(fc.constantFrom(...verbs), { minLength: 1, maxLength: 2 })),
  level: maybe(fc.constantFrom(0, 20, 35)),
  since: maybe(fc.nat(5)),
  until: maybe(fc.nat(5)),
});

/** The kinds of lists. */
type Of =
  | { kind: 'all' }
  | { kind: 'object'; ref: string; as: 'any' | 'actor' | 'target' | 'related'; viewer: string | null }
  | { kind: 'tracker'; to: string; verbs: string[]; actorOnly: boolean; viewer: string | null };

const viewer = fc.constantFrom('ada', null);
const of: fc.Arbitrary<Of> = fc.oneof(
  fc.constant<Of>({ kind: 'all' }),
  fc.record({
    kind: fc.constant('object' as const),
    ref: anyRef,
    as: fc.constantFrom('any' as const, 'actor' as const, 'target' as const, 'related' as const),
    viewer,
  }),
  fc.record({
    kind: fc.constant('tracker' as const),
    to: fc.constantFrom(...refs, 'user', 'project'),
    verbs: fc.subarray(verbs),
    actorOnly: fc.boolean(),
    viewer,
  }),
);

/** True if the list contains the action, determined without the hub's code. */
function belongs(action: Input, list: Of, query: Filters): boolean {
  const { actor, targets, related } = action;
  const all = [...(actor === null ? [] : [actor]), ...targets, ...related];
  const of = (ref: string, tracked: string) => ref === tracked || ref.split(':')[0] === tracked;
  if (list.kind === 'object') {
    const roles = { any: all, actor: actor === null ? [] : [actor], target: targets, related };
    if (!roles[list.as].includes(list.ref)) return false;
  }
  if (list.kind === 'tracker') {
    const parts = list.actorOnly ? (actor === null ? [] : [actor]) : all;
    if (!parts.some((part) => of(part, list.to))) return false;
    if (list.verbs.length > 0 && !list.verbs.includes(action.verb)) return false;
  }
  if (list.kind !== 'all' && list.viewer !== null && (action.hidden || action.level < 30)) return false;
  return (
    (query.actor === undefined || actor === query.actor) &&
    (query.target === undefined || targets.includes(query.target)) &&
    (query.related === undefined || related.includes(query.related)) &&
    (query.object === undefined || all.includes(query.object)) &&
    (query.verb === undefined || query.verb.includes(action.verb)) &&
    (query.level === undefined || action.level >= query.level) &&
    (query.since === undefined || action.time >= query.since) &&
    (query.until === undefined || action.time <= query.until)
  );
}

const inputOf = (action: StoredAction): Input => ({
  actor: action.actor && keyOf(action.actor),
  verb: action.verb,
  targets: action.targets.map(keyOf),
  related: action.related.map(keyOf),
  level: action.level,
  time: (action.timestamp - START) / 1_000,
  hidden: action.data.hidden === true,
});

const iso = (seconds: number): string => new Date(START + seconds * 1_000).toISOString();

function createHub(): MemoryHub {
  return new MemoryHub({
    settings: { visible: async (action, users) => (action.data.hidden === true ? [] : users) },
  });
}

async function log(hub: MemoryHub, inputs: readonly Input[], groupingDelay = -1): Promise<string[]> {
  const ids: string[] = [];
  for (const { time, hidden, ...rest } of inputs) {
    const action = actionInput.parse({ ...rest, hidden, groupingDelay, timestamp: iso(time) });
    ids.push(...(await acceptActions(hub.deps, service, { batch: false, actions: [action] })));
  }
  await hub.work();
  return ids;
}

const refOf = (text: string): Ref => {
  const [type = '', id = ''] = text.split(':');
  return { type, id };
};

async function read(hub: MemoryHub, list: Of, page: Record<string, unknown>): Promise<Page<Action>> {
  const query = actionsQuery.parse(page);
  if (list.kind === 'all') return listActions(hub.deps, service, query);
  const who = list.viewer === null ? service : principal(list.viewer);
  if (list.kind === 'object') {
    const parsedQuery = objectActionsQuery.parse({ ...page, as: list.as });
    return objectActions(hub.deps, who, refOf(list.ref), parsedQuery);
  }
  const tracked = list.to.includes(':') ? refOf(list.to) : { type: list.to };
  const id = `${keyOf(tracked)}\tada`;
  const times = { createdAt: asMillis(START), since: asMillis(START) };
  const tracker = { id, user: 'ada', tracked, verbs: list.verbs, actorOnly: list.actorOnly, ...times };
  await hub.stores.trackers.put([tracker], async () => asPosition(0));
  return trackerActions(hub.deps, who, presentTracker(tracker, hub.settings).id, query);
}

const asQuery = ({ since, until, ...rest }: Filters): Record<string, unknown> => ({
  ...rest,
  ...(since !== undefined && { since: iso(since) }),
  ...(until !== undefined && { until: iso(until) }),
});

describe('lists of actions', () => {
  it('match a plain filter with pages of any size, while actions arrive and are grouped', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(input, { maxLength: 25 }),
        of,
        filters,
        fc.integer({ min: 1, max: 7 }),
        fc.array(input, { maxLength: 10 }),
        fc.boolean(),
        async (inputs, list, query, limit, meanwhile, isSlow) => {
          const hub = createHub();
          hub.stores.actions.isSlow = isSlow;
          const ids = await log(hub, inputs);
          const expected = inputs
            .map((action, index) => ({ ...action, id: ids[index] ?? '' }))
            .filter((action) => belongs(action, list, query))
            .sort((left, right) => right.time - left.time || (left.id < right.id ? 1 : -1))
            .map(({ id }) => id);
          const found: string[] = [];
          let cursor: string | null = null;
          const rest = [...meanwhile];
          do {
            const page: Page<Action> = await read(hub, list, {
              ...asQuery(query),
              limit,
              ...(cursor !== null && { cursor }),
            });
            expect(page.items.length).toBeLessThanOrEqual(limit);
            expect(found.length).toBeLessThan(1_000);
            found.push(...page.items.map(({ id }) => id));
            cursor = page.nextCursor;
            const next = rest.shift();
            // Logs a new action, and repeats an existing one, which is grouped with it or with another.
            if (next) await log(hub, [next]);
            const repeated = inputs[rest.length];
            if (repeated) await log(hub, [{ ...repeated, time: 6 }], 3_600);
          } while (cursor !== null);
          expect(new Set(found).size).toBe(found.length);
          expect(found.filter((id) => expected.includes(id))).toEqual(expected);
          // All other actions arrived meanwhile, or match because of an action grouped with them.
          const stored = new Map(hub.stores.actions.all().map((action) => [action.id, inputOf(action)]));
          for (const id of found) {
            const action = stored.get(id);
            expect(action && belongs(action, list, query)).toBe(true);
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('return a partial page with a cursor if the store is too slow to find more matches', async () => {
    const hub = createHub();
    const stored = Array.from({ length: scanBounds.entries + 700 }, (_, index) => ({
      id: String(index).padStart(6, '0'),
      actor: index === 0 ? { type: 'project', id: 'p1' } : null,
      verb: 'opened',
      targets: [{ type: 'project', id: 'p1' }],
      related: [],
      level: 30,
      data: {},
      timestamp: asMillis(START + index),
      updatedAt: asMillis(START + index),
      count: 1,
      notify: [],
      version: index,
    }));
    await hub.stores.actions.insertInOrder(stored, asPosition(1));
    hub.stores.actions.isSlow = true;
    const list: Of = { kind: 'tracker', to: 'project', verbs: [], actorOnly: true, viewer: null };
    const first = await read(hub, list, { limit: 5 });
    expect(first.items).toEqual([]);
    const second = await read(hub, list, { limit: 5, cursor: first.nextCursor });
    expect(second.items.map(({ id }) => id)).toEqual(['000000']);
    expect(second.nextCursor).toBeNull();
  });
});
