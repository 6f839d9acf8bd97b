import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../../client-sdk/client/src/connect.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import type { ErrorBody } from '../../../protocol/errors.ts';
import { until } from '../../support/until.ts';
import { item } from './factory.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let hub: Hub;

const snapshot = () => hub.feed.getSnapshot();
const shown = (id: string) => snapshot().items.find((each) => each.id === id);
const matchesServer = () =>
  until(() => {
    expect(snapshot().items).toEqual(gateway.feed.items());
    expect(snapshot().counts).toEqual(gateway.feed.counts());
    return true;
  });
const refusal: ErrorBody = { code: 'press_refused', message: 'It is closed.', retryable: false };
const presses = () => gateway.calls.filter(({ event }) => event === 'feed:press');

/** Delays every response to a press until the returned function is called. */
function holdResponses(): () => void {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  gateway.beforeAnswer = async (event) => {
    if (event === 'feed:press') await released;
  };
  return () => {
    gateway.beforeAnswer = undefined;
    release();
  };
}

beforeEach(async () => {
  gateway = await new FakeGateway().listen();
  for (const id of ['a', 'b', 'c']) gateway.feed.put(item(id));
  hub = connect(gateway.url, { token: 'token' });
  hub.feed.subscribe(() => {});
  await until(() => snapshot().status === 'ready');
});

afterEach(async () => {
  hub.close();
  await gateway.close();
});

describe('a press', () => {
  it('is shown at once: pressed, read, seen and uncounted', async () => {
    gateway.silent = true;
    const release = holdResponses();
    const pressing = hub.feed.press('b', 'yes');
    expect(shown('b')).toMatchObject({ pressed: { button: 'yes' }, unread: false, seen: true });
    expect(snapshot().counts).toEqual({ unread: 2, unseen: 2, capped: false });
    release();
    expect(await pressing).toMatchObject({ item: { id: 'b', pressed: { button: 'yes' } } });
    expect(presses()).toEqual([{ event: 'feed:press', payload: { item: 'b', button: 'yes' } }]);
    await matchesServer();
  });

  it('keeps its look when the push comes before the response', async () => {
    const release = holdResponses();
    const pressing = hub.feed.press('b', 'yes');
    await until(() => shown('b')?.unread === false && gateway.feed.items().some(({ pressed }) => pressed));
    gateway.add(item('d', 1));
    await until(() => snapshot().items.length === 4);
    expect(shown('b')).toMatchObject({ pressed: { button: 'yes' }, unread: false, seen: true });
    release();
    await pressing;
    await matchesServer();
  });

  it('and a later mark of its item are both shown when the push comes before the responses', async () => {
    let release = (): void => undefined;
    const released = new Promise<void>((resolve) => {
      release = resolve;
    });
    gateway.beforeAnswer = () => released;
    const calls = [hub.feed.press('b', 'yes'), hub.feed.markUnread(['b'])];
    await until(() => gateway.feed.items().some(({ pressed }) => pressed));
    gateway.add(item('d', 1));
    await until(() => snapshot().items.length === 4);
    expect(shown('b')).toMatchObject({ pressed: { button: 'yes' }, unread: true, seen: true });
    gateway.beforeAnswer = undefined;
    release();
    await Promise.all(calls);
    expect(shown('b')).toMatchObject({ pressed: { button: 'yes' }, unread: true });
    await matchesServer();
  });

  it('does not wait for, or hold up, other requests of the feed', async () => {
    const release = holdResponses();
    const pressing = hub.feed.press('b', 'yes');
    await hub.feed.markRead(['a']);
    expect(shown('a')?.unread).toBe(false);
    release();
    await pressing;
    await matchesServer();
  });

  it('that is refused is undone, and rejects with the message of the application', async () => {
    gateway.errors.set('feed:press', refusal);
    const before = snapshot().items;
    await expect(hub.feed.press('b', 'yes')).rejects.toMatchObject({ ...refusal, name: 'HubError' });
    expect(snapshot().items).toEqual(before);
    expect(snapshot().error).toMatchObject({ code: 'press_refused' });
    await matchesServer();
  });

  it('of a device that was later rejects with the first, which is shown', async () => {
    gateway.silent = true;
    gateway.feed.press({ item: 'b', button: 'no' });
    const { pressed } = gateway.feed.items().find(({ id }) => id === 'b') ?? {};
    await expect(hub.feed.press('b', 'yes')).rejects.toMatchObject({ code: 'already_pressed', pressed });
    gateway.silent = false;
    await matchesServer();
    expect(shown('b')?.pressed).toEqual(pressed);
  });

  it('whose response was lost with the connection succeeds when it is repeated', async () => {
    gateway.beforeAnswer = (event) => {
      if (event !== 'feed:press') return;
      gateway.beforeAnswer = undefined;
      gateway.breakConnections();
    };
    const answer = await hub.feed.press('b', 'yes');
    expect(answer.item).toMatchObject({ id: 'b', pressed: { button: 'yes' }, unread: false });
    expect(presses()).toHaveLength(2);
    await matchesServer();
  });

  it('is retried while the hub is busy', async () => {
    const busy: ErrorBody = { code: 'rate_limited', message: 'slowly', retryable: true, retryAfterMs: 1 };
    gateway.errors.set('feed:press', busy);
    expect((await hub.feed.press('b', 'yes')).item.pressed?.button).toBe('yes');
    await matchesServer();
  });

  it('of an unloaded item changes only the hub', async () => {
    gateway.silent = true;
    gateway.feed.put(item('new', 9));
    expect((await hub.feed.press('new', 'yes')).item.pressed?.button).toBe('yes');
    gateway.silent = false;
    hub.feed.refresh();
    await matchesServer();
  });
});
