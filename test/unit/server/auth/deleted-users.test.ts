import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../../core/access/principal.ts';
import { asPosition } from '../../../../core/model/units.ts';
import { DeletedUsers } from '../../../../server/auth/deleted-users.ts';
import { MemoryHub, principal, service } from '../../../support/memory/hub.ts';
import { until } from '../../../support/until.ts';

let hub: MemoryHub;
let lookups: string[][];
let fault: (() => Promise<never>) | null;
let users: DeletedUsers;
let index: MemoryIndex;

/** Like the index in Redis: a set that is complete after it was filled. */
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
  lookups = [];
  fault = null;
  const { stores } = hub;
  const objects = {
    delete: stores.objects.delete.bind(stores.objects),
    keysByType: stores.objects.keysByType.bind(stores.objects),
    displays: stores.objects.displays.bind(stores.objects),
    hasDisplays: stores.objects.hasDisplays.bind(stores.objects),
    setDisplays: stores.objects.setDisplays.bind(stores.objects),
    deleted: async (keys: readonly string[]) => {
      lookups.push([...keys]);
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
    position: asPosition(1),
  });
const check = (who: Principal) =>
  users.check(who).then(
    () => 'let in',
    (error: { code: string }) => error.code,
  );
const ada = principal('ada');

describe('whether a user was deleted', () => {
  it('is looked up once in five seconds, no matter how many calls need it', async () => {
    expect(await Promise.all([check(ada), check(ada), check(ada)])).toEqual(['let in', 'let in', 'let in']);
    hub.time.advance(4_999);
    await check(ada);
    expect(lookups).toEqual([['user:ada']]);
    await remove('ada');
    expect(await check(ada)).toBe('let in');
    hub.time.advance(1);
    expect(await check(ada)).toBe('unauthenticated');
    expect(lookups).toHaveLength(2);
  });

  it('is cached permanently once it is true', async () => {
    await remove('ada');
    expect(await check(ada)).toBe('unauthenticated');
    hub.time.advance(3_600_000);
    expect(await check(ada)).toBe('unauthenticated');
    expect(lookups).toHaveLength(1);
  });

  it('is updated at once by a message', async () => {
    await check(ada);
    users.markDeleted('default', 'ada');
    expect(await check(ada)).toBe('unauthenticated');
    expect(await check({ ...ada, space: 'other' })).toBe('let in');
    expect(await check(principal('bob'))).toBe('let in');
  });

  it('is not checked for service tokens', async () => {
    await remove('backend');
    expect(await check(service)).toBe('let in');
    expect(lookups).toEqual([]);
  });

  describe('while the database does not respond', () => {
    const outages = [() => Promise.reject(new Error('away')), () => new Promise<never>(() => undefined)];

    it('is read from the index that was filled before', async () => {
      await remove('ada');
      expect(await check(principal('bob'))).toBe('let in');
      await until(() => index.complete);
      for (const each of outages) {
        fault = each;
        const others = principal(`cleo-${outages.indexOf(each)}`);
        expect([await check(ada), await check(others)]).toEqual(['unauthenticated', 'let in']);
      }
    });

    it('is true for users whose deletion was recorded but not stored yet', async () => {
      [fault] = outages as [() => Promise<never>];
      index.users.add('ada');
      expect(await check(ada)).toBe('unauthenticated');
    });

    it('is unknown if the index is incomplete, and retried after a second', async () => {
      [fault] = outages as [() => Promise<never>];
      expect(await check(ada)).toBe('unavailable');
      fault = null;
      expect(await check(ada)).toBe('unavailable');
      hub.time.advance(1_000);
      expect(await check(ada)).toBe('let in');
    });

    it('is false for an hour for a known user if the index is unavailable, too', async () => {
      await check(ada);
      index.isAway = true;
      [fault] = outages as [() => Promise<never>];
      hub.time.advance(3_599_999);
      expect(await check(ada)).toBe('let in');
      hub.time.advance(5_000);
      expect(await check(ada)).toBe('unavailable');
    });
  });

  it('is cached for 50,000 users', async () => {
    for (let index = 0; index <= 50_000; index += 1) users.markDeleted('default', `user-${index}`);
    await check(principal('user-1'));
    expect(lookups).toEqual([]);
    await check(principal('user-0'));
    expect(lookups).toEqual([['user:user-0']]);
  });
});
