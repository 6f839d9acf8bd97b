import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { HubError } from '../../../../core/errors.ts';
import { actionInput, batch } from '../../../../protocol/schemas/action.ts';
import { MemoryHub, principal, SPACE, service } from '../../../support/memory/hub.ts';

const opened = { actor: 'user:ada', verb: 'opened' };
const closed = { actor: 'user:ada', verb: 'closed' };

const log = (hub: MemoryHub, input: object | object[], key?: string, as = service) =>
  Array.isArray(input)
    ? acceptActions(hub.deps, as, { actions: batch.parse(input), batch: true, key })
    : acceptActions(hub.deps, as, { actions: [actionInput.parse(input)], batch: false, key });

/** The error's code and the paths of its fields. */
async function errorOf(logging: Promise<unknown>): Promise<unknown> {
  const error = await logging.catch((thrown: unknown) => thrown);
  if (!(error instanceof HubError)) throw error;
  return [error.code, ...(error.fields?.map((field) => field.path) ?? [])];
}

/** The same JSON with the keys of its objects in reverse order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, entry]) => [name, reversed(entry)]),
  );
}

describe('a key', () => {
  it('logs once, and repeats return the first response', async () => {
    const hub = new MemoryHub();
    const first = await log(hub, { ...opened, key: 'k' });
    expect(await log(hub, { ...opened, key: 'k' })).toEqual(first);
    expect(await log(hub, opened, 'k')).toEqual(first);
    expect(await log(hub, [opened, { ...opened, key: 'k' }])).toEqual([expect.any(String), ...first]);
    await hub.work();
    expect(hub.stores.actions.all()).toHaveLength(2);
  });

  it('of a batch differs from that of an action', async () => {
    const hub = new MemoryHub();
    const [single] = await log(hub, { ...opened, key: 'k' });
    const all = await log(hub, [opened, closed], 'k');
    expect(all).not.toContain(single);
    expect(await log(hub, [opened, closed], 'k')).toEqual(all);
  });

  it('is scoped by subject and space', async () => {
    const hub = new MemoryHub();
    const own = { actor: 'user:ada', verb: 'opened', key: 'k' };
    const ids = await Promise.all([
      log(hub, own, undefined, principal('ada')),
      log(hub, own),
      log(hub, own, undefined, { ...service, space: 'other' }),
      log(hub, { ...own, actor: 'user:bob' }, undefined, principal('bob')),
    ]);
    expect(new Set(ids.flat()).size).toBe(4);
  });

  it('is refused with other content, by the path of the key, and nothing is queued', async () => {
    const hub = new MemoryHub();
    await log(hub, { ...opened, key: 'k' });
    await log(hub, [opened], 'batch');
    const pending = hub.queue.allPending(SPACE);
    expect(await errorOf(log(hub, { ...closed, key: 'k' }))).toEqual(['key_conflict', 'key']);
    expect(await errorOf(log(hub, closed, 'k'))).toEqual(['key_conflict', 'key']);
    expect(await errorOf(log(hub, [opened, { ...closed, key: 'k' }]))).toEqual([
      'key_conflict',
      'actions[1].key',
    ]);
    expect(await errorOf(log(hub, [opened, closed], 'batch'))).toEqual(['key_conflict', 'key']);
    const twice = [
      { ...opened, key: 'new' },
      { ...closed, key: 'new' },
    ];
    expect(await errorOf(log(hub, twice))).toEqual(['key_conflict', 'actions[1].key']);
    expect(hub.queue.allPending(SPACE)).toEqual(pending);
  });

  it('is not used up by a refused call', async () => {
    const hub = new MemoryHub();
    await log(hub, { ...closed, key: 'taken' });
    const both = [
      { ...opened, key: 'k' },
      { ...opened, key: 'taken' },
    ];
    expect(await errorOf(log(hub, both))).toEqual(['key_conflict', 'actions[1].key']);
    expect(await errorOf(log(hub, { ...opened, key: 'k', level: 'NONE' }))).toEqual([
      'invalid_input',
      'level',
    ]);
    expect(await log(hub, { ...closed, key: 'k' })).toHaveLength(1);
  });

  it('must be the same in the header and in the action', async () => {
    const hub = new MemoryHub();
    expect(await errorOf(log(hub, { ...opened, key: 'a' }, 'b'))).toEqual(['invalid_input', 'key']);
    expect(await log(hub, { ...opened, key: 'a' }, 'a')).toHaveLength(1);
  });

  it('knows a repeat whatever the order of its fields', async () => {
    const contents = fc.record({
      data: fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue({ maxDepth: 3 }), { maxKeys: 4 }),
      level: fc.constantFrom(30, 'INFO'),
      targets: fc.constantFrom('project:p1', { type: 'project', id: 'p1', name: 'One' }),
    });
    await fc.assert(
      fc.asyncProperty(contents, async (content) => {
        const hub = new MemoryHub();
        const input = { ...opened, ...content, key: 'k' };
        const reordered = reversed(input) as object;
        const other = { ...input, data: { ...content.data, 'another field': 1 } };
        const ids = await log(hub, input);
        expect(await log(hub, reordered)).toEqual(ids);
        expect(await errorOf(log(hub, other))).toEqual(['key_conflict', 'key']);
      }),
      { numRuns: 500 },
    );
  });
});

describe('concurrent calls', () => {
  it('with the same keys log each action once, in any order', async () => {
    const inputs = fc.array(
      fc.record({ key: fc.constantFrom('a', 'b', 'c'), verb: fc.constantFrom('opened', 'closed') }),
      { minLength: 2, maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(inputs, fc.scheduler(), async (all, scheduler) => {
        const hub = new MemoryHub();
        const deps = hub.process(() => scheduler.schedule(Promise.resolve()));
        const responses: Array<{ key: string; verb: string; id: string | undefined }> = [];
        const logging = all.map(async ({ key, verb }) => {
          const actions = [actionInput.parse({ ...opened, verb, key })];
          const [id] = await acceptActions(deps, service, { actions, batch: false }).catch(() => []);
          responses.push({ key, verb, id });
        });
        await scheduler.waitFor(Promise.all(logging));
        for (const key of new Set(all.map((each) => each.key))) {
          const of = responses.filter((response) => response.key === key);
          const accepted = of.filter(({ id }) => id !== undefined);
          expect(new Set(accepted.map(({ id }) => id)).size).toBe(1);
          expect(new Set(accepted.map(({ verb }) => verb)).size).toBe(1);
          const [winner] = accepted;
          expect(of.filter(({ verb }) => verb === winner?.verb)).toHaveLength(accepted.length);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('logging', () => {
  it('without the service scope is limited to the user’s own actions and the token’s claims', async () => {
    const hub = new MemoryHub();
    const ada = {
      ...principal('ada'),
      objects: { exact: new Set(['project:p1']), prefixes: [] },
      verbs: new Set(['opened']),
    };
    const refused = (change: object) => errorOf(log(hub, { ...opened, ...change }, undefined, ada));
    expect(await refused({ actor: 'user:bob' })).toEqual(['forbidden', 'actor']);
    expect(await refused({ actor: null })).toEqual(['forbidden', 'actor']);
    expect(await refused({ verb: 'closed' })).toEqual(['forbidden', 'verb']);
    expect(await refused({ notify: ['bob'] })).toEqual(['forbidden', 'notify']);
    expect(await refused({ timestamp: '2020-01-01T00:00:00Z' })).toEqual(['forbidden', 'timestamp']);
    expect(await refused({ targets: ['project:p1', 'project:p2'] })).toEqual(['forbidden', 'targets[1]']);
    expect(await refused({ related: 'issue:i1' })).toEqual(['forbidden', 'related[0]']);
    expect(await log(hub, { ...opened, targets: 'project:p1' }, undefined, ada)).toHaveLength(1);
  });

  it('accepts timestamps up to five minutes ahead', async () => {
    const hub = new MemoryHub();
    const at = (ahead: number) => ({ ...opened, timestamp: new Date(hub.time.now() + ahead).toISOString() });
    expect(await log(hub, at(300_000))).toHaveLength(1);
    expect(await errorOf(log(hub, [opened, at(300_001)]))).toEqual(['invalid_input', 'actions[1].timestamp']);
  });
});
