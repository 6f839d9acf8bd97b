import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../core/access.ts';
import { DeletedUsers } from '../../../server/deleted-users.ts';
import { MemoryHub, principal, service } from '../../support/memory/hub.ts';
import { until } from '../../support/until.ts';

let hub: MemoryHub;
let asked: string[][];
let fault: (() => Promise<never>) | null;
let users: DeletedUsers;
let index: MemoryIndex;

/** As Redis keeps it: a set that is complete once it was filled. */
class MemoryIndex {
  isAway = false;
  users = new Set<string>();
  complete = false;

  async has(_space: string, user: string): Promise<boolean | null> {
    if (this.isAway) throw new Error('away');
    return this.users.has(user) || (this.complete ? false : null);
  }

  async isComplete(): Promise<boolean> {
    return this.complete;
  }

  async fill(_space: string, pages: AsyncIterable<readonly string[]>): Promise<void> {
    for await (const page of pages) for (const user of page) this.users.add(user);
    this.complete = true;
  }
}
beforeEach(() => {
  hub = new MemoryHub();
  asked = [];
  fault = null;
  const { stores } = hub;
  const objects = {
    delete: stores.objects.delete.bind(stores.objects),
    keysOf: stores.objects.keysOf.bind(stores.objects),
    deleted: async (keys: readonly string[]) => {
      asked.push([...keys]);
      return fault ? fault() : stores.objects.deleted(keys);
    },
  };
  const spaces = { reader: () => ({ ...stores, objects }), writer: async () => ({ ...stores, objects }) };
  index = new MemoryIndex();
  users = new DeletedUsers({ spaces, index, settings: hub.settings, now: hub.time.now });
});

const remove = (id: string) =>
  hub.stores.objects.delete({
    key: `user:${id}`,
    ref: { type: 'user', id },
    actions: 'keep',
    description: id,
    serialization: null,
    pos: 1,
  });
const check = (who: Principal) =>
  users.check(who).then(
    () => 'let in',
    (error: { code: string }) => error.code,
  );
const ada = principal('ada');

describe('whether a user was deleted', () => {
  it('is asked once in five seconds while it is there, however many ask at once', async () => {
    expect(await Promise.all([check(ada), check(ada), check(ada)])).toEqual(['let in', 'let in', 'let in']);
    hub.time.advance(4_999);
    await check(ada);
    expect(asked).toEqual([['user:ada']]);
    await remove('ada');
    expect(await check(ada)).toBe('let in');
    hub.time.advance(1);
    expect(await check(ada)).toBe('unauthenticated');
    expect(asked).toHaveLength(2);
  });

  it('is known for good once it was', async () => {
    await remove('ada');
    expect(await check(ada)).toBe('unauthenticated');
    hub.time.advance(3_600_000);
    expect(await check(ada)).toBe('unauthenticated');
    expect(asked).toHaveLength(1);
  });

  it('is believed at once when it is told', async () => {
    await check(ada);
    users.heard('default', 'ada');
    expect(await check(ada)).toBe('unauthenticated');
    expect(await check({ ...ada, space: 'other' })).toBe('let in');
    expect(await check(principal('bob'))).toBe('let in');
  });

  it('is of no concern to programs', async () => {
    await remove('backend');
    expect(await check(service)).toBe('let in');
    expect(asked).toEqual([]);
  });

  describe('while the database does not answer', () => {
    const outages = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => undefined)];

    it('is asked of the index, which was filled while it did', async () => {
      await remove('ada');
      expect(await check(principal('bob'))).toBe('let in');
      await until(() => index.complete);
      for (const each of outages) {
        fault = each;
        const others = principal(`cleo-${outages.indexOf(each)}`);
        expect([await check(ada), await check(others)]).toEqual(['unauthenticated', 'let in']);
      }
    });

    it('keeps those out whose deletion was noted and not stored yet', async () => {
      [fault] = outages as [() => Promise<never>];
      index.users.add('ada');
      expect(await check(ada)).toBe('unauthenticated');
    });

    it('is not answered where the index is not complete, and asked again after a second', async () => {
      [fault] = outages as [() => Promise<never>];
      expect(await check(ada)).toBe('unavailable');
      fault = null;
      expect(await check(ada)).toBe('unavailable');
      hub.time.advance(1_000);
      expect(await check(ada)).toBe('let in');
    });

    it('is no for an hour of a user the database knew, where the index cannot say either', async () => {
      await check(ada);
      index.isAway = true;
      [fault] = outages as [() => Promise<never>];
      hub.time.advance(3_599_999);
      expect(await check(ada)).toBe('let in');
      hub.time.advance(5_000);
      expect(await check(ada)).toBe('unavailable');
    });
  });

  it('is remembered of 50,000 users', async () => {
    for (let index = 0; index <= 50_000; index += 1) users.heard('default', `user-${index}`);
    await check(principal('user-1'));
    expect(asked).toEqual([]);
    await check(principal('user-0'));
    expect(asked).toEqual([['user:user-0']]);
  });
});
