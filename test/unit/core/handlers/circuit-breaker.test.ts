import { describe, expect, it } from 'vitest';
import {
  CircuitBreaker,
  CircuitOpenError,
  HandlerTimeoutError,
} from '../../../../core/handlers/circuit-breaker.ts';

const COOLDOWN_MS = 30_000;

function createBreaker() {
  const time = { now: 1_000_000 };
  return { time, breaker: new CircuitBreaker({ cooldownMs: COOLDOWN_MS, now: () => time.now }) };
}
const loopForever = (): never => {
  for (;;);
};
const neverSettles = (): Promise<never> => new Promise(() => undefined);

describe('a call through the circuit breaker', () => {
  it('returns and throws what the function does', async () => {
    const { breaker } = createBreaker();
    const fault = new TypeError('as it is');
    const throwing = () => {
      throw fault;
    };
    expect(breaker.runSync('a', 1_000, () => 5)).toBe(5);
    expect(() => breaker.runSync('a', 1_000, throwing)).toThrow(fault);
    expect(await breaker.runAsync('a', 1_000, () => 6)).toBe(6);
    expect(await breaker.runAsync('a', 1_000, async () => 7)).toBe(7);
    await expect(breaker.runAsync('a', 1_000, throwing)).rejects.toBe(fault);
    await expect(breaker.runAsync('a', 1_000, () => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('is interrupted if it loops, even if it catches errors', async () => {
    const { breaker } = createBreaker();
    const loopCatchingErrors = (): never => {
      for (;;) {
        try {
          loopForever();
        } catch {
          // Catches the timeout, too.
        }
      }
    };
    expect(() => breaker.runSync('a', 20, loopForever)).toThrow(HandlerTimeoutError);
    expect(() => breaker.runSync('b', 20, loopCatchingErrors)).toThrow(HandlerTimeoutError);
    await expect(breaker.runAsync('c', 20, loopForever)).rejects.toThrow('took longer than 20 ms');
  });

  it('times out if its promise is late, which may reject later', async () => {
    const { breaker } = createBreaker();
    let fail = (_error: Error): void => undefined;
    const lateRejection = () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    await expect(breaker.runAsync('a', 20, lateRejection)).rejects.toThrow(HandlerTimeoutError);
    fail(new Error('rejected after the timeout'));
  });

  it('with tolerance for slow promises opens the circuit for loops only', async () => {
    const { breaker } = createBreaker();
    const waitOptions = { toleratesSlowPromises: true };
    for (let time = 0; time < 4; time += 1) {
      await expect(breaker.runAsync('a', 5, neverSettles, waitOptions)).rejects.toThrow(HandlerTimeoutError);
    }
    expect(await breaker.runAsync('a', 1_000, async () => 7, waitOptions)).toBe(7);
    for (let time = 0; time < 3; time += 1) {
      await expect(breaker.runAsync('a', 5, loopForever, waitOptions)).rejects.toThrow(HandlerTimeoutError);
    }
    await expect(breaker.runAsync('a', 1_000, async () => 7, waitOptions)).rejects.toThrow(CircuitOpenError);
  });

  it('may run while another one waits', async () => {
    const { breaker } = createBreaker();
    let finish = (_value: number): void => undefined;
    const slow = breaker.runAsync('a', 10_000, () => new Promise<number>((resolve) => (finish = resolve)));
    expect(breaker.runSync('b', 1_000, () => 1)).toBe(1);
    finish(2);
    expect(await slow).toBe(2);
  });
});

describe('three timeouts in a row', () => {
  it('open the circuit, which is tried once and closed by a call in time', async () => {
    const { breaker, time } = createBreaker();
    let calls = 0;
    const slow = () => {
      calls += 1;
      return neverSettles();
    };
    for (let time = 0; time < 3; time += 1)
      await expect(breaker.runAsync('a', 5, slow)).rejects.toThrow(HandlerTimeoutError);
    expect(calls).toBe(3);
    await expect(breaker.runAsync('a', 5, slow)).rejects.toThrow(CircuitOpenError);
    expect(() => breaker.runSync('a', 5, () => 1)).toThrow(CircuitOpenError);
    expect(calls).toBe(3);

    time.now += COOLDOWN_MS;
    await expect(breaker.runAsync('a', 5, slow)).rejects.toThrow(HandlerTimeoutError);
    await expect(breaker.runAsync('a', 5, slow)).rejects.toThrow(CircuitOpenError);
    expect(calls).toBe(4);

    time.now += COOLDOWN_MS;
    expect(await breaker.runAsync('a', 1_000, async () => 'in time')).toBe('in time');
    await expect(breaker.runAsync('a', 5, slow)).rejects.toThrow(HandlerTimeoutError);
    expect(await breaker.runAsync('a', 1_000, async () => 'in time')).toBe('in time');
  });

  it('do not affect other circuits', async () => {
    const { breaker } = createBreaker();
    for (let time = 0; time < 3; time += 1)
      await expect(breaker.runAsync('a', 5, neverSettles)).rejects.toThrow(HandlerTimeoutError);
    expect(await breaker.runAsync('b', 1_000, async () => 1)).toBe(1);
  });

  it('are not three errors', async () => {
    const { breaker } = createBreaker();
    const throwing = () => Promise.reject(new Error('no'));
    for (let time = 0; time < 5; time += 1)
      await expect(breaker.runAsync('a', 1_000, throwing)).rejects.toThrow('no');
  });

  it('do not include calls in time between them', async () => {
    const { breaker } = createBreaker();
    for (let time = 0; time < 2; time += 1)
      await expect(breaker.runAsync('a', 5, neverSettles)).rejects.toThrow(HandlerTimeoutError);
    await breaker.runAsync('a', 1_000, () => 1);
    for (let time = 0; time < 2; time += 1)
      await expect(breaker.runAsync('a', 5, neverSettles)).rejects.toThrow(HandlerTimeoutError);
    expect(breaker.runSync('a', 1_000, () => 1)).toBe(1);
  });
});

describe('a handler that throws outside its calls', () => {
  it('opens the circuit at the third time, and runs again after the cooldown', () => {
    const { breaker, time } = createBreaker();
    expect([breaker.recordStrayError('a'), breaker.recordStrayError('a')]).toEqual([null, null]);
    // A call in time does not reset the count of stray errors.
    expect(breaker.runSync('a', 1_000, () => 1)).toBe(1);
    expect(breaker.recordStrayError('a')?.message).toContain('not called for 30000 ms');
    expect(() => breaker.runSync('a', 1_000, () => 1)).toThrow(CircuitOpenError);
    expect(breaker.runSync('b', 1_000, () => 2)).toBe(2);
    time.now += COOLDOWN_MS;
    expect(breaker.runSync('a', 1_000, () => 1)).toBe(1);
  });

  it('does not open it for rare ones', () => {
    const { breaker, time } = createBreaker();
    for (let count = 0; count < 10; count += 1) {
      expect(breaker.recordStrayError('a')).toBeNull();
      time.now += COOLDOWN_MS / 2;
    }
    expect(breaker.runSync('a', 1_000, () => 1)).toBe(1);
  });
});
