import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectIn } from '../../../client-sdk/src/connect.ts';
import type { Hub } from '../../../client-sdk/src/hub.ts';
import { surroundings } from '../../../client-sdk/src/surroundings.ts';
import { until } from '../../support/until.ts';
import { FakeGateway } from './fake-gateway.ts';
import { FakeSurroundings } from './fake-surroundings.ts';

let gateway: FakeGateway;
let around: FakeSurroundings;
let hub: Hub;

const reaches = (state: string) => until(() => hub.connection.getSnapshot() === state);

describe('a connection', () => {
  beforeEach(async () => {
    gateway = await new FakeGateway().listen();
    around = new FakeSurroundings();
    hub = connectIn(around, gateway.url, { token: 'token' });
    await reaches('online');
  });

  afterEach(async () => {
    hub.close();
    expect(around.isQuiet).toBe(true);
    await gateway.close();
  });

  it('that broke is tried again later and later, spread, up to a bound', async () => {
    await gateway.stop();
    await reaches('offline');
    const waits: number[] = [];
    for (let attempt = 0; attempt < 7; attempt += 1) {
      await until(() => around.waits.length === 1);
      const [wait = 0] = around.waits;
      waits.push(wait);
      around.advance(wait);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]);
    around.chance = 0.99;
    await until(() => around.waits.length === 1);
    around.advance(around.waits[0] ?? 0);
    await until(() => around.waits.length === 1);
    expect(around.waits[0]).toBeCloseTo(14_900);
  });

  it('that breaks before it is made is tried later and later, however good the last one was', async () => {
    around.advance(60_000);
    gateway.breaksHandshakes = true;
    gateway.breakConnections();
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt += 1) {
      await until(() => around.waits.length === 1);
      const [wait = 0] = around.waits;
      waits.push(wait);
      around.advance(wait);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000]);
    expect(hub.connection.getSnapshot()).toBe('offline');
  });

  it('that waits is made at once where the network comes back', async () => {
    gateway.breakConnections();
    await reaches('offline');
    around.wake(0);
    await reaches('online');
    expect(gateway.handshakes).toHaveLength(2);
  });

  it('that died while the page was hidden is made anew', async () => {
    gateway.beforeAnswer = () => new Promise(() => {});
    around.wake(60_000);
    await until(() => gateway.calls.length === 1);
    around.advance(4_999);
    expect(hub.connection.getSnapshot()).toBe('online');
    around.advance(1);
    expect(hub.connection.getSnapshot()).toBe('offline');
    await reaches('online');
    expect(gateway.handshakes).toHaveLength(2);
  });

  it('that lives is kept, and not asked where the page was hidden for a moment', async () => {
    around.wake(1_000);
    expect(around.waits).toEqual([]);
    around.wake(60_000);
    await until(() => gateway.calls.length === 1 && around.waits.length === 0);
    around.advance(60_000);
    expect(hub.connection.getSnapshot()).toBe('online');
    expect(gateway.handshakes).toHaveLength(1);
  });

  it('that is expired for good is not tried', async () => {
    gateway.expire();
    await reaches('expired');
    await until(() => around.waits.length === 0);
    around.wake(60_000);
    expect(hub.connection.getSnapshot()).toBe('expired');
    expect(gateway.handshakes).toHaveLength(1);
  });
});

describe('the browser', () => {
  const page = new EventTarget();
  const document = Object.assign(new EventTarget(), { visibilityState: 'visible' });
  const change = (state: string) => {
    document.visibilityState = state;
    document.dispatchEvent(new Event('visibilitychange'));
  };

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('document', document);
    vi.stubGlobal('addEventListener', page.addEventListener.bind(page));
    vi.stubGlobal('removeEventListener', page.removeEventListener.bind(page));
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  it('tells that the network is back, and how long the page was hidden, until it is not asked any more', () => {
    const told: number[] = [];
    const end = surroundings.onWake((away) => told.push(away));
    page.dispatchEvent(new Event('online'));
    change('hidden');
    vi.advanceTimersByTime(60_000);
    change('visible');
    expect(told).toEqual([Infinity, 60_000]);
    end();
    page.dispatchEvent(new Event('online'));
    change('visible');
    expect(told).toHaveLength(2);
  });

  it('tells that it is left, until it is not asked any more', () => {
    let times = 0;
    const end = surroundings.onLeave(() => {
      times += 1;
    });
    page.dispatchEvent(new Event('pagehide'));
    expect(times).toBe(1);
    end();
    page.dispatchEvent(new Event('pagehide'));
    expect(times).toBe(1);
  });

  it('has no timer that rings at once for being too long', () => {
    let rings = 0;
    const ring = () => {
      rings += 1;
    };
    const day = 86_400_000;
    surroundings.after(100 * day, ring);
    const cancel = surroundings.after(100 * day, ring);
    vi.advanceTimersByTime(24 * day);
    expect(rings).toBe(0);
    cancel();
    vi.advanceTimersByTime(day);
    expect(rings).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('without a page nothing wakes', () => {
  const told: number[] = [];
  surroundings.onWake((away) => told.push(away))();
  expect(told).toEqual([]);
});
