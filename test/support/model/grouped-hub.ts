/** A hub with batches in its lanes that combine and group, and what the model makes of the same batches. */
import fc from 'fast-check';
import { logActions } from '../../../core/log.ts';
import type { Handler, Settings } from '../../../core/settings.ts';
import {
  type Compared,
  type ModelHandlers,
  type ModelLogged,
  type Says,
  type Stored,
  store,
} from '../../../dev/model/actions.ts';
import type { ModelObject } from '../../../dev/model/feed.ts';
import type { Json } from '../../../protocol/entities.ts';
import { batch } from '../../../protocol/schemas/action.ts';
import { MemoryHub, type MemoryHubOptions, service } from '../memory/hub.ts';

/** What handlers decide by. */
const opinions = {
  always: () => true,
  never: () => false,
  louder: (newer: Compared, older: Compared) => newer.level >= older.level,
  fewer: (newer: Compared, older: Compared) => newer.targets.length + older.targets.length <= 2,
} satisfies Record<string, Says>;
const opinion = fc.constantFrom(...(Object.keys(opinions) as Array<keyof typeof opinions>));

const verb = fc.constantFrom('opened', 'closed', 'starred');
const object = fc.constantFrom<ModelObject>({ type: 'project', id: 'p1' }, { type: 'project', id: 'p2' });
const delay = fc.constantFrom(-1, 0, 1, 60);

export const rules = fc.record({
  groupingDelay: fc.constantFrom(0, 0, 60, 60, -1),
  combine: fc.array(fc.record({ verb, other: verb, opinion }), { maxLength: 3 }),
  group: fc.dictionary(verb, opinion, { maxKeys: 1 }),
});
export type Rules = typeof rules extends fc.Arbitrary<infer T> ? T : never;

const scalar = fc.constantFrom<Json>(
  1,
  'two',
  null,
  ['a'],
  ['b', 'a'],
  { deep: [1] },
  { deep: [2], more: 0 },
);
const logged = fc.record({
  actor: fc.constantFrom<ModelObject | null>({ type: 'user', id: 'ada' }, { type: 'user', id: 'bob' }, null),
  verb,
  targets: fc.uniqueArray(object, { maxLength: 2 }),
  related: fc.uniqueArray(object, { maxLength: 1 }),
  level: fc.constantFrom(30, 30, 40, 10),
  ago: fc.constantFrom(0, 0, 0, 1, 1_000, 60_000, 61_000),
  notify: fc.oneof({ weight: 4, arbitrary: fc.constant([]) }, fc.constantFrom(['cy'], ['cy', 'dee'])),
  groupingDelay: fc.option(delay, { nil: undefined }),
  data: fc.dictionary(fc.constantFrom('x', 'y'), scalar, { maxKeys: 2 }),
});
export type LoggedInput = typeof logged extends fc.Arbitrary<infer T> ? T : never;

export const batches = fc.array(fc.array(logged, { minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 5,
});

/** One lane, so that what is to be kept in order meets. */
export class GroupedHub {
  readonly hub: MemoryHub;
  readonly expected: Stored = { actions: [], into: new Map() };
  readonly ids: string[] = [];
  readonly #handlers: ModelHandlers;

  constructor(rules: Rules, options: MemoryHubOptions = {}, wrap: (says: Says) => Says = (says) => says) {
    this.hub = new MemoryHub({
      lanes: 1,
      ...options,
      settings: { ...options.settings, ...settingsOf(rules, wrap) },
    });
    this.#handlers = modelHandlers(rules);
  }

  async log(inputs: readonly LoggedInput[]): Promise<void> {
    const now = this.hub.time.now();
    const actions = batch.parse(
      inputs.map(({ ago, ...input }) => ({ ...input, timestamp: new Date(now - ago).toISOString() })),
    );
    const ids = await logActions(this.hub.deps, service, { actions, batch: true });
    this.ids.push(...ids);
    store(
      this.expected,
      inputs.map(({ ago, ...input }, index): ModelLogged => {
        const times = { timestamp: now - ago, updatedAt: now - ago };
        return { ...input, ...times, id: ids[index] ?? '', count: 1 };
      }),
      this.#handlers,
    );
  }

  /** What the hub stored, and what every id ended in. */
  async held(): Promise<{ actions: object[]; into: Record<string, string | null> }> {
    const { actions } = this.hub.stores;
    const into: Record<string, string | null> = {};
    const decisions = await actions.decisions(this.ids);
    for (const id of this.ids) {
      let end = decisions.get(id);
      while (end?.kind === 'merged') end = decisions.get(end.merged.into);
      into[id] = end?.kind === 'action' ? end.action.id : null;
    }
    return {
      actions: actions
        .all()
        .map(({ rev: _, ...action }) => action)
        .sort(byId),
      into,
    };
  }

  /** What the model holds. */
  wanted(): { actions: object[]; into: Record<string, string | null> } {
    const { actions, into } = this.expected;
    return {
      actions: actions.map(({ groupingDelay: _, ...action }) => action).sort(byId),
      into: Object.fromEntries(this.ids.map((id) => [id, endOf(into, id)])),
    };
  }
}

function endOf(into: ReadonlyMap<string, string>, id: string): string {
  const next = into.get(id);
  return next === undefined ? id : endOf(into, next);
}

const byId = (left: { id: string }, right: { id: string }): number => (left.id < right.id ? -1 : 1);

function settingsOf({ groupingDelay, combine, group }: Rules, wrap: (says: Says) => Says): Partial<Settings> {
  const handlers = new Map<string, Handler>();
  for (const verb of ['opened', 'closed', 'starred']) {
    const own = group[verb];
    const combined = firstOfEach(combine.filter((each) => each.verb === verb));
    handlers.set(verb, {
      verb,
      ...(own !== undefined && { group: wrap(opinions[own]) }),
      combineWith: Object.fromEntries(combined.map(({ other, opinion }) => [other, wrap(opinions[opinion])])),
    });
  }
  return { groupingDelay, handlers };
}

function firstOfEach<T extends { other: string }>(combine: readonly T[]): T[] {
  return combine.filter((each, index) => combine.findIndex(({ other }) => other === each.other) === index);
}

function modelHandlers({ groupingDelay, combine, group }: Rules): ModelHandlers {
  return {
    groupingDelay: () => groupingDelay,
    combineWith: (verb, other) => {
      const found = combine.find((each) => each.verb === verb && each.other === other);
      return found ? opinions[found.opinion] : null;
    },
    group: (verb) => {
      const own = group[verb];
      return own === undefined ? null : opinions[own];
    },
  };
}
