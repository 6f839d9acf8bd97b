import { describe, expect, it } from 'vitest';
import { Guard, Late, Resting } from '../../../core/guard.ts';

const REST_MS = 30_000;

function guarded() {
  const time = { now: 1_000_000 };
  return { time, guard: new Guard({ restMs: REST_MS, now: () => time.now }) };
}
const forEver = (): never => {
  for (;;);
};
const never = (): Promise<never> => new Promise(() => undefined);

describe('what is run by a guard', () => {
  it('answers and throws as it would by itself', async () => {
    const { guard } = guarded();
    const fault = new TypeError('as it is');
    const throwing = () => {
      throw fault;
    };
    expect(guard.now('a', 1_000, () => 5)).toBe(5);
    expect(() => guard.now('a', 1_000, throwing)).toThrow(fault);
    expect(await guard.soon('a', 1_000, () => 6)).toBe(6);
    expect(await guard.soon('a', 1_000, async () => 7)).toBe(7);
    await expect(guard.soon('a', 1_000, throwing)).rejects.toBe(fault);
    await expect(guard.soon('a', 1_000, () => Promise.reject(fault))).rejects.toBe(fault);
  });

  it('is interrupted where it loops, also in a way that catches errors', async () => {
    const { guard } = guarded();
    const stubborn = (): never => {
      for (;;) {
        try {
          forEver();
        } catch {
          // Goes on.
        }
      }
    };
    expect(() => guard.now('a', 20, forEver)).toThrow(Late);
    expect(() => guard.now('b', 20, stubborn)).toThrow(Late);
    await expect(guard.soon('c', 20, forEver)).rejects.toThrow('took longer than 20 ms');
  });

  it('is given up where its promise is late, and may fail later', async () => {
    const { guard } = guarded();
    let fail = (_error: Error): void => undefined;
    const late = () =>
      new Promise((_resolve, reject) => {
        fail = reject;
      });
    await expect(guard.soon('a', 20, late)).rejects.toThrow(Late);
    fail(new Error('nobody waits for this any more'));
  });

  it('does not come to rest by late promises where it is waited for patiently, but by loops', async () => {
    const { guard } = guarded();
    const patient = { patient: true };
    for (let time = 0; time < 4; time += 1) {
      await expect(guard.soon('a', 5, never, patient)).rejects.toThrow(Late);
    }
    expect(await guard.soon('a', 1_000, async () => 7, patient)).toBe(7);
    for (let time = 0; time < 3; time += 1) {
      await expect(guard.soon('a', 5, forEver, patient)).rejects.toThrow(Late);
    }
    await expect(guard.soon('a', 1_000, async () => 7, patient)).rejects.toThrow(Resting);
  });

  it('may run while another one waits', async () => {
    const { guard } = guarded();
    let finish = (_value: number): void => undefined;
    const slow = guard.soon('a', 10_000, () => new Promise<number>((resolve) => (finish = resolve)));
    expect(guard.now('b', 1_000, () => 1)).toBe(1);
    finish(2);
    expect(await slow).toBe(2);
  });
});

describe('what is late three times in a row', () => {
  it('is left alone, then tried once, and trusted again when it is in time', async () => {
    const { guard, time } = guarded();
    let runs = 0;
    const slow = () => {
      runs += 1;
      return never();
    };
    for (let time = 0; time < 3; time += 1) await expect(guard.soon('a', 5, slow)).rejects.toThrow(Late);
    expect(runs).toBe(3);
    await expect(guard.soon('a', 5, slow)).rejects.toThrow(Resting);
    expect(() => guard.now('a', 5, () => 1)).toThrow(Resting);
    expect(runs).toBe(3);

    time.now += REST_MS;
    await expect(guard.soon('a', 5, slow)).rejects.toThrow(Late);
    await expect(guard.soon('a', 5, slow)).rejects.toThrow(Resting);
    expect(runs).toBe(4);

    time.now += REST_MS;
    expect(await guard.soon('a', 1_000, async () => 'in time')).toBe('in time');
    await expect(guard.soon('a', 5, slow)).rejects.toThrow(Late);
    expect(await guard.soon('a', 1_000, async () => 'in time')).toBe('in time');
  });

  it('leaves others alone', async () => {
    const { guard } = guarded();
    for (let time = 0; time < 3; time += 1) await expect(guard.soon('a', 5, never)).rejects.toThrow(Late);
    expect(await guard.soon('b', 1_000, async () => 1)).toBe(1);
  });

  it('is not what throws three times', async () => {
    const { guard } = guarded();
    const throwing = () => Promise.reject(new Error('no'));
    for (let time = 0; time < 5; time += 1)
      await expect(guard.soon('a', 1_000, throwing)).rejects.toThrow('no');
  });

  it('does not include what was in time in between', async () => {
    const { guard } = guarded();
    for (let time = 0; time < 2; time += 1) await expect(guard.soon('a', 5, never)).rejects.toThrow(Late);
    await guard.soon('a', 1_000, () => 1);
    for (let time = 0; time < 2; time += 1) await expect(guard.soon('a', 5, never)).rejects.toThrow(Late);
    expect(guard.now('a', 1_000, () => 1)).toBe(1);
  });
});

describe('a task that throws outside its calls', () => {
  it('rests at the third time, and is run again after the rest', () => {
    const { guard, time } = guarded();
    expect([guard.stray('a'), guard.stray('a')]).toEqual([null, null]);
    // What is in time says nothing about what comes later.
    expect(guard.now('a', 1_000, () => 1)).toBe(1);
    expect(guard.stray('a')?.message).toContain('not called for 30000 ms');
    expect(() => guard.now('a', 1_000, () => 1)).toThrow(Resting);
    expect(guard.now('b', 1_000, () => 2)).toBe(2);
    time.now += REST_MS;
    expect(guard.now('a', 1_000, () => 1)).toBe(1);
  });

  it('does not rest for rare ones', () => {
    const { guard, time } = guarded();
    for (let count = 0; count < 10; count += 1) {
      expect(guard.stray('a')).toBeNull();
      time.now += REST_MS / 2;
    }
    expect(guard.now('a', 1_000, () => 1)).toBe(1);
  });
});
