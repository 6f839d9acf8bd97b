import { beforeEach, describe, expect, it } from 'vitest';
import type { Principal } from '../../../core/access.ts';
import { DeletedUsers } from '../../../server/deleted-users.ts';
import { MemoryHub, principal, service } from '../../support/memory/hub.ts';

let hub: MemoryHub;
let asked: string[][];
let fault: (() => Promise<never>) | null;
let users: DeletedUsers;
beforeEach(() => {
  hub = new MemoryHub();
  asked = [];
  fault = null;
  const { stores } = hub;
  const objects = {
    delete: stores.objects.delete.bind(stores.objects),
    deleted: async (keys: readonly string[]) => {
      asked.push([...keys]);
      return fault ? fault() : stores.objects.deleted(keys);
    },
  };
  const spaces = { reader: () => ({ ...stores, objects }), writer: async () => ({ ...stores, objects }) };
  users = new DeletedUsers({ spaces, settings: hub.settings, now: hub.time.now });
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

  it('is taken to be no where the database does not answer, and asked again later', async () => {
    await remove('ada');
    for (const each of [() => Promise.reject(new Error('away')), () => new Promise<never>(() => undefined)]) {
      fault = each;
      expect(await check(ada)).toBe('let in');
      hub.time.advance(5_000);
    }
    fault = null;
    expect(await check(ada)).toBe('unauthenticated');
  });

  it('is remembered of 50,000 users', async () => {
    for (let index = 0; index <= 50_000; index += 1) users.heard('default', `user-${index}`);
    await check(principal('user-1'));
    expect(asked).toEqual([]);
    await check(principal('user-0'));
    expect(asked).toEqual([['user:user-0']]);
  });
});
