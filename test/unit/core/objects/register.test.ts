import { beforeEach, describe, expect, it } from 'vitest';
import { acceptActions } from '../../../../core/actions/accept.ts';
import { listDeadLetters } from '../../../../core/dead-letters/dead-letters.ts';
import { deleteObject } from '../../../../core/deletion/delete-object.ts';
import { listFeed } from '../../../../core/feed/read/list.ts';
import { asMillis } from '../../../../core/model/units.ts';
import { readObject, registerObjects } from '../../../../core/objects/register.ts';
import { actionInput } from '../../../../protocol/schemas/action.ts';
import { feedQuery } from '../../../../protocol/schemas/calls.ts';
import { deletionInput } from '../../../../protocol/schemas/deletion.ts';
import { objectsInput } from '../../../../protocol/schemas/objects.ts';
import { type Deps, MemoryHub, principal, service } from '../../../support/memory/hub.ts';

const project = { type: 'project', id: 'p1', name: 'Website' };
const bob = { type: 'user', id: 'bob' };

let hub: MemoryHub;
let seen: unknown[];
/** What was stored when the displays were invalidated. */
let invalidated: number[];
let deps: Deps;
beforeEach(() => {
  seen = [];
  invalidated = [];
  hub = new MemoryHub({
    settings: {
      visible: (action, users) => {
        seen.push(['visible', action.targets]);
        return users;
      },
      handlers: new Map([
        [
          'signed',
          {
            verb: 'signed',
            text: (action) => {
              seen.push(['text', action.targets]);
              return `signed ${action.targets.map(({ name }) => name).join()}`;
            },
          },
        ],
      ]),
    },
  });
  const { displays } = hub.deps;
  deps = {
    ...hub.deps,
    displays: {
      find: displays.find,
      invalidate: async () => {
        const stored = await hub.stores.objects.displays(['project:p1', 'user:bob']);
        invalidated.push(stored.size);
      },
    },
  };
});

const register = (...objects: object[]) =>
  registerObjects(deps, service, objectsInput.parse({ objects }).objects);
async function log(more: object = {}): Promise<void> {
  const input = { actor: bob, verb: 'closed', targets: project, notify: ['ada'], ...more };
  await acceptActions(deps, service, { batch: false, actions: [actionInput.parse(input)] });
  await hub.work();
}
const feed = async (query: object = {}) =>
  (await listFeed(deps, principal('ada'), 'ada', feedQuery.parse(query))).items.map(({ action }) => action);

describe('registered objects', () => {
  it('show in texts of handlers, and not in `visible`', async () => {
    await register({ ...project, name: 'Shop' });
    await log({ verb: 'signed' });
    expect(seen).toEqual([['visible', [project]]]);
    expect(await feed()).toMatchObject([{ text: 'signed Shop' }]);
    expect(seen.at(-1)).toEqual(['text', [{ ...project, name: 'Shop' }]]);
  });

  it('show in feeds of every filter', async () => {
    await log();
    await log({ actor: { type: 'user', id: 'ada' }, notify: [] });
    await register({ ...project, name: 'Shop' }, { ...bob, name: 'Bob' });
    for (const query of [{}, { object: 'project:p1' }, { verb: 'closed' }, { unread: true }])
      expect((await feed(query)).map(({ text }) => text)).toEqual(['Bob closed Shop']);
    const own = await feed({ includeOwn: true });
    expect(own.map(({ text }) => text).sort()).toEqual(['Bob closed Shop', 'ada closed Shop']);
  });

  it('show in dead letters', async () => {
    await register({ ...project, name: 'Shop' });
    const action = {
      id: '1',
      actor: null,
      verb: 'closed',
      targets: [project],
      related: [],
      level: 30,
      data: {},
      timestamp: asMillis(0),
      updatedAt: asMillis(0),
      count: 1,
      notify: [],
    };
    const letter = { id: '1', entry: '1-0', at: asMillis(0), reason: '', attempts: 1, ids: ['1'] };
    await hub.stores.deadLetters.put({ ...letter, actions: [action] });
    const { items } = await listDeadLetters(deps, service, { limit: 1 });
    expect(items).toMatchObject([{ actions: [{ targets: [{ name: 'Shop' }] }] }]);
  });

  it('are invalidated after they are stored, also if storing fails', async () => {
    await register(project, bob, { ...bob, name: 'Bob' });
    expect(invalidated).toEqual([2]);
    const failing = {
      ...deps,
      spaces: {
        reader: deps.spaces.reader,
        writer: async () => ({
          ...hub.stores,
          objects: Object.assign(Object.create(hub.stores.objects), {
            setDisplays: () => Promise.reject(new Error('MongoDB is unavailable')),
          }),
        }),
      },
    };
    await expect(registerObjects(failing, service, [project])).rejects.toThrow('unavailable');
    expect(invalidated).toEqual([2, 2]);
  });

  it('need the service scope to be registered', async () => {
    await expect(registerObjects(deps, principal('ada'), [project])).rejects.toMatchObject({
      code: 'forbidden',
    });
    expect(await hub.stores.objects.hasDisplays()).toBe(false);
  });
});

describe('a deletion', () => {
  const remove = (ref: { type: string; id: string }, input: object = {}) =>
    deleteObject(deps, service, ref, deletionInput.parse(input));

  it('takes the registered name as description, and keeps the display', async () => {
    await log();
    await register({ ...project, name: 'Shop', image: '/shop.png' });
    const { tombstone } = await remove({ type: 'project', id: 'p1' });
    expect(tombstone).toEqual({
      ...project,
      name: 'Shop',
      image: '/shop.png',
      deleted: true,
      description: 'Shop',
      serialization: { id: 'p1' },
    });
    await hub.work();
    expect(await feed()).toMatchObject([{ targets: [tombstone], text: 'bob closed Shop' }]);
    expect(await register(project)).toEqual({ objects: [tombstone] });
    expect(await readObject(deps, service, project)).toEqual(tombstone);
    expect(invalidated).toEqual([1, 1]);
  });

  it('of a user removes its display before others are told', async () => {
    await log();
    await register({ ...bob, name: 'Bob', image: '/bob.png' });
    const { tombstone } = await remove(bob);
    expect(tombstone).toEqual({ ...bob, deleted: true, description: 'Bob', serialization: { id: 'bob' } });
    expect(invalidated).toEqual([1, 0]);
    expect(await register({ ...bob, name: 'Bob', image: '/bob.png' })).toEqual({ objects: [tombstone] });
    expect(await readObject(deps, service, bob)).toEqual(tombstone);
  });
});
