import fc from 'fast-check';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ReadTimeoutError } from '../../../../core/errors.ts';
import type { ObjectStore } from '../../../../core/ports/objects.ts';
import { DisplayCache, MAX_DISPLAY_AGE_MS } from '../../../../server/displays/display-cache.ts';
import { MemoryHub } from '../../../support/memory/hub.ts';
import { TestTime } from '../../../support/memory/time.ts';
import { until } from '../../../support/until.ts';

const KEY = 'project:p1';
const named = (name: string) => ({ type: 'project', id: 'p1', name });

/** A gateway's subscription to the announcements. */
class TestSubscription {
  isOpen = () => this.open;
  open = true;
  subscribed: Promise<void> = Promise.resolve();
  retained = 0;

  retain() {
    this.retained += 1;
    return { subscribed: this.subscribed, hadGap: false, release: () => undefined };
  }
}

let objects: ObjectStore;
let queries: string[];
let beforeResult: (method: string) => Promise<void>;
let subscription: TestSubscription;
let time: TestTime;
let announced: string[];
let cache: DisplayCache;

function createCache(): DisplayCache {
  const { stores } = new MemoryHub();
  objects = stores.objects;
  queries = [];
  announced = [];
  beforeResult = async () => undefined;
  const queried = async <T>(method: string, query: Promise<T>): Promise<T> => {
    queries.push(method);
    const result = await query;
    await beforeResult(method);
    return result;
  };
  const counted = {
    displays: (keys: readonly string[]) => queried('displays', objects.displays(keys)),
    hasDisplays: () => queried('hasDisplays', objects.hasDisplays()),
    setDisplays: objects.setDisplays.bind(objects),
    deleted: objects.deleted.bind(objects),
    delete: objects.delete.bind(objects),
    keysByType: objects.keysByType.bind(objects),
  };
  return new DisplayCache({
    spaces: { reader: () => ({ ...stores, objects: counted }) },
    subscriptions: subscription,
    announce: async (space) => void announced.push(space),
    monotonicNow: time.now,
  });
}

beforeEach(async () => {
  subscription = new TestSubscription();
  time = new TestTime();
  cache = createCache();
  cache.start();
  await subscription.subscribed;
});

const find = async (...keys: string[]) => Object.fromEntries(await cache.find('default', () => keys));
const known = (...keys: string[]) => {
  const found = cache.known('default', () => keys);
  return found && Object.fromEntries(found);
};

describe('a space without registered objects', () => {
  it('costs one query, which concurrent callers share', async () => {
    expect(known(KEY)).toBeNull();
    expect(await Promise.all([find(KEY), find('issue:7'), find('issue:8')])).toEqual([{}, {}, {}]);
    expect(await find('issue:9')).toEqual({});
    const noKeys = () => expect.fail('no keys are needed');
    expect(cache.known('default', noKeys)).toEqual(new Map());
    expect(await cache.find('default', noKeys)).toEqual(new Map());
    expect(queries).toEqual(['hasDisplays']);
  });

  it('is read again in the background while it is in use, so that no push waits', async () => {
    await find(KEY);
    for (let count = 1; count <= 10; count += 1) {
      time.advance(MAX_DISPLAY_AGE_MS / 2);
      expect(known(KEY)).toEqual({});
      expect(known(KEY)).toEqual({});
      expect(queries).toHaveLength(count + 1);
      // Until the result is stored.
      await new Promise((resolve) => setImmediate(resolve));
    }
    await objects.setDisplays([named('Shop')]);
    time.advance(MAX_DISPLAY_AGE_MS);
    expect(known(KEY)).toBeNull();
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Shop' } });
  });
});

it('shows no earlier state after a change that happens while a space is read in the background', async () => {
  await find(KEY);
  time.advance(MAX_DISPLAY_AGE_MS / 2);
  let finish = () => {};
  const held = new Promise<void>((resolve) => {
    finish = resolve;
  });
  beforeResult = () => held;
  expect(known(KEY)).toEqual({});
  expect(queries).toHaveLength(2);
  await objects.setDisplays([named('Shop')]);
  cache.forget('default');
  beforeResult = async () => undefined;
  finish();
  await new Promise((resolve) => setImmediate(resolve));
  expect(known(KEY)).toBeNull();
  expect(await find(KEY)).toEqual({ [KEY]: { name: 'Shop' } });
});

describe('registered objects', () => {
  it('are queried once each', async () => {
    await objects.setDisplays([named('Shop')]);
    expect(await find(KEY, 'issue:7')).toEqual({ [KEY]: { name: 'Shop' } });
    expect(known(KEY, 'issue:7')).toEqual({ [KEY]: { name: 'Shop' } });
    expect(known(KEY, 'issue:8')).toBeNull();
    expect(await find(KEY, 'issue:8')).toEqual({ [KEY]: { name: 'Shop' } });
    expect(queries).toEqual(['hasDisplays', 'displays', 'displays']);
  });

  it('are read again after a change of their space, and not of others', async () => {
    await objects.setDisplays([named('Shop')]);
    await find(KEY);
    await objects.setDisplays([named('Bazaar')]);
    cache.forget('other');
    expect(known(KEY)).toEqual({ [KEY]: { name: 'Shop' } });
    await cache.invalidate('default');
    expect(announced).toEqual(['default']);
    expect(known(KEY)).toBeNull();
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Bazaar' } });
  });

  it.each(['hasDisplays', 'displays'])('are read once more if they change during %s', async (method) => {
    if (method === 'displays') await objects.setDisplays([named('Shop')]);
    let changes = 0;
    beforeResult = async (each) => {
      if (each !== method || changes > 0) return;
      changes += 1;
      await objects.setDisplays([named('Bazaar')]);
      cache.forget('default');
    };
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Bazaar' } });
    expect(known(KEY)).toEqual({ [KEY]: { name: 'Bazaar' } });
  });

  it('are found however often they change meanwhile', async () => {
    await objects.setDisplays([named('Shop')]);
    beforeResult = async () => cache.forget('default');
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Shop' } });
  });

  it('are queried for every response while announcements may be missed', async () => {
    await objects.setDisplays([named('Shop')]);
    await find(KEY);
    subscription.open = false;
    await objects.setDisplays([named('Bazaar')]);
    expect(known(KEY)).toBeNull();
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Bazaar' } });
    await objects.setDisplays([named('Mall')]);
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Mall' } });
    subscription.open = true;
    cache.clear();
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Mall' } });
    expect(known(KEY)).toEqual({ [KEY]: { name: 'Mall' } });
  });

  it('are queried until the subscription succeeds', async () => {
    subscription = new TestSubscription();
    subscription.subscribed = Promise.reject(new Error('Redis is unavailable'));
    cache = createCache();
    cache.start();
    await until(async () => {
      expect(await find(KEY)).toEqual({});
      return subscription.retained > 1;
    }, 'it tries again');
    expect(new Set(queries)).toEqual(new Set(['displays']));
    subscription.subscribed = Promise.resolve();
    await until(async () => {
      await find(KEY);
      return queries.includes('hasDisplays');
    }, 'it trusts what it knows');
  });

  it('expire, so that a lost announcement has no effect for long', async () => {
    await objects.setDisplays([named('Shop')]);
    await find(KEY);
    await objects.setDisplays([named('Bazaar')]);
    time.advance(MAX_DISPLAY_AGE_MS - 1);
    expect(known(KEY)).toEqual({ [KEY]: { name: 'Shop' } });
    time.advance(1);
    expect(known(KEY)).toBeNull();
    expect(await find(KEY)).toEqual({ [KEY]: { name: 'Bazaar' } });
  });

  it('fail to be read as the database does, and are read again later', async () => {
    beforeResult = async () => {
      throw new Error('MongoDB is unavailable');
    };
    await expect(find(KEY)).rejects.toThrow('unavailable');
    beforeResult = async () => undefined;
    expect(await find(KEY)).toEqual({});
  });

  it('fail as every other read does if the database takes too long', async () => {
    const signal = AbortSignal.abort(new DOMException('The operation timed out', 'TimeoutError'));
    vi.spyOn(AbortSignal, 'timeout').mockReturnValue(signal);
    onTestFinished(() => void vi.restoreAllMocks());
    beforeResult = async () => signal.throwIfAborted();
    await expect(find(KEY)).rejects.toBeInstanceOf(ReadTimeoutError);
  });
});

type Step = { do: 'set' | 'remove' | 'find' | 'clear' | 'refresh'; key: number };
const steps = fc.array(
  fc.record<Step>({
    do: fc.constantFrom('set', 'remove', 'find', 'clear', 'refresh'),
    key: fc.nat(3),
  }),
  { maxLength: 40 },
);

it('finds, at any time, a display that was stored after the last announced change', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.scheduler(), async (all, scheduler) => {
      cache = createCache();
      cache.start();
      await subscription.subscribed;
      beforeResult = () => scheduler.schedule(Promise.resolve());
      /** By key, the versions from the last one that was announced. */
      const current = new Map<string, Array<string | undefined>>();
      const finding: Array<Promise<void>> = [];
      for (const [index, step] of all.entries()) {
        const key = `issue:${step.key}`;
        const ref = { type: 'issue', id: String(step.key) };
        if (step.do === 'set' || step.do === 'remove') {
          const name = step.do === 'set' ? String(index) : undefined;
          await objects.setDisplays([name === undefined ? ref : { ...ref, name }]);
          await cache.invalidate('default');
          current.set(key, [name]);
          for (const each of open) each.get(key)?.push(name);
        } else if (step.do === 'find') {
          const allowed = new Map([[key, [...(current.get(key) ?? [undefined])]]]);
          open.add(allowed);
          finding.push(
            find(key).then((found) => {
              open.delete(allowed);
              expect(allowed.get(key)).toContain(found[key]?.name);
            }),
          );
        } else if (step.do === 'clear') cache.clear();
        else time.advance(MAX_DISPLAY_AGE_MS / 2);
        if (index % 3 === 0 && scheduler.count() > 0) await scheduler.waitOne();
      }
      await scheduler.waitIdle();
      await Promise.all(finding);
      for (const [key, [name]] of current) {
        const shown = find(key);
        await scheduler.waitIdle();
        expect((await shown)[key]?.name).toBe(name);
      }
    }),
    { numRuns: 500 },
  );
});

/** By key, what each open call may find: what was current at its start, and everything since. */
const open = new Set<Map<string, Array<string | undefined>>>();
