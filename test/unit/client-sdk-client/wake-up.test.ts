import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { connectWith } from '../../../client-sdk/client/src/connect.ts';
import { defaultEnvironment } from '../../../client-sdk/client/src/environment.ts';
import type { Hub } from '../../../client-sdk/client/src/hub.ts';
import { until } from '../../support/until.ts';
import { FakeEnvironment } from './fake-environment.ts';
import { FakeGateway } from './fake-gateway.ts';

let gateway: FakeGateway;
let around: FakeEnvironment;
let hub: Hub;

const waitForState = (state: string) => until(() => hub.connection.getSnapshot() === state);

describe('a connection', () => {
  beforeEach(async () => {
    gateway = await new FakeGateway().listen();
    around = new FakeEnvironment();
    hub = connectWith(around, gateway.url, { token: 'token' });
    await waitForState('online');
  });

  afterEach(async () => {
    hub.close();
    expect(around.isIdle).toBe(true);
    await gateway.close();
  });

  it('that broke is retried with a growing, jittered and bounded delay', async () => {
    await gateway.stop();
    await waitForState('offline');
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

  it('that fails before it is established is retried with a growing delay', async () => {
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

  it('that waits for a retry reconnects at once when the network is back', async () => {
    gateway.breakConnections();
    await waitForState('offline');
    around.wake(0);
    await waitForState('online');
    expect(gateway.handshakes).toHaveLength(2);
  });

  it('that died while the page was hidden reconnects', async () => {
    gateway.beforeAnswer = () => new Promise(() => {});
    around.wake(60_000);
    await until(() => gateway.calls.length === 1);
    around.advance(4_999);
    expect(hub.connection.getSnapshot()).toBe('online');
    around.advance(1);
    expect(hub.connection.getSnapshot()).toBe('offline');
    await waitForState('online');
    expect(gateway.handshakes).toHaveLength(2);
  });

  it('that is alive is kept, and not probed if the page was hidden briefly', async () => {
    around.wake(1_000);
    expect(around.waits).toEqual([]);
    around.wake(60_000);
    await until(() => gateway.calls.length === 1 && around.waits.length === 0);
    around.advance(60_000);
    expect(hub.connection.getSnapshot()).toBe('online');
    expect(gateway.handshakes).toHaveLength(1);
  });

  it('that expired permanently is not retried', async () => {
    gateway.expire();
    await waitForState('expired');
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

  it('reports that the network is back and how long the page was hidden, until unsubscribed', () => {
    const hiddenTimes: number[] = [];
    const end = defaultEnvironment.onWake((hiddenMs) => hiddenTimes.push(hiddenMs));
    page.dispatchEvent(new Event('online'));
    change('hidden');
    vi.advanceTimersByTime(60_000);
    change('visible');
    expect(hiddenTimes).toEqual([Infinity, 60_000]);
    end();
    page.dispatchEvent(new Event('online'));
    change('visible');
    expect(hiddenTimes).toHaveLength(2);
  });

  it('reports that the page is being left, until unsubscribed', () => {
    let times = 0;
    const end = defaultEnvironment.onLeave(() => {
      times += 1;
    });
    page.dispatchEvent(new Event('pagehide'));
    expect(times).toBe(1);
    end();
    page.dispatchEvent(new Event('pagehide'));
    expect(times).toBe(1);
  });

  it('has no timer that fires at once because its delay is too long', () => {
    let fireCount = 0;
    const fire = () => {
      fireCount += 1;
    };
    const day = 86_400_000;
    defaultEnvironment.after(100 * day, fire);
    const cancel = defaultEnvironment.after(100 * day, fire);
    vi.advanceTimersByTime(24 * day);
    expect(fireCount).toBe(0);
    cancel();
    vi.advanceTimersByTime(day);
    expect(fireCount).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

it('the environment fires no wake event without a page', () => {
  const hiddenTimes: number[] = [];
  defaultEnvironment.onWake((hiddenMs) => hiddenTimes.push(hiddenMs))();
  expect(hiddenTimes).toEqual([]);
});
