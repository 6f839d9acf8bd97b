import { describe, expect, test } from 'vitest';
import { CallerLeft } from '../../../../core/errors.ts';
import { Slots } from '../../../../server/limits/slots.ts';

const staying = { bytes: 1, signal: new AbortController().signal };
/** Whether it is settled once everything that can happen has happened. */
const isOpen = async (promise: Promise<unknown>): Promise<boolean> => {
  const open = {};
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(open)])) === open;
};

describe('slots', () => {
  test('let in as many calls as there are, and the next one when one is released', async () => {
    const slots = new Slots<string>({ atWork: 2, waiting: 10, bytes: 100 });
    const first = await slots.enter('ada', staying);
    await slots.enter('ada', staying);
    const third = slots.enter('ada', staying);
    expect(await isOpen(third)).toBe(true);
    first();
    // Releasing twice must not let in two.
    first();
    await third;
    expect(await isOpen(slots.enter('ada', staying))).toBe(true);
  });

  test('of one name leave those of another alone', async () => {
    const slots = new Slots<string>({ atWork: 1, waiting: 0, bytes: 100 });
    await slots.enter('ada', staying);
    await expect(slots.enter('ada', staying)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 1_000,
    });
    await slots.enter('bob', staying);
  });

  test('let calls in by the order of their arrival', async () => {
    const slots = new Slots<string>({ atWork: 1, waiting: 10, bytes: 100 });
    let release = await slots.enter('ada', staying);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      const next = await slots.enter('ada', staying);
      order.push(number);
      release = next;
    });
    for (const each of waiting) {
      release();
      await each;
    }
    expect(order).toEqual([1, 2, 3]);
  });

  test('refuse what waits beyond the bytes, whatever its number', async () => {
    const slots = new Slots<string>({ atWork: 1, waiting: 10, bytes: 100 });
    const release = await slots.enter('ada', { ...staying, bytes: 1_000 });
    const waiting = slots.enter('ada', { ...staying, bytes: 60 });
    await expect(slots.enter('ada', { ...staying, bytes: 60 })).rejects.toMatchObject({
      code: 'rate_limited',
    });
    release();
    await waiting;
    // What is at work does not wait any more.
    expect(await isOpen(slots.enter('ada', { ...staying, bytes: 60 }))).toBe(true);
  });

  test('drop a waiting call whose client left, and let in the one behind it', async () => {
    const slots = new Slots<string>({ atWork: 1, waiting: 2, bytes: 100 });
    const release = await slots.enter('ada', staying);
    const leaving = new AbortController();
    const dropped = slots.enter('ada', { bytes: 1, signal: leaving.signal });
    const behind = slots.enter('ada', staying);
    leaving.abort(new CallerLeft());
    await expect(dropped).rejects.toBeInstanceOf(CallerLeft);
    release();
    await behind;
    await expect(slots.enter('ada', { bytes: 1, signal: leaving.signal })).rejects.toBeInstanceOf(CallerLeft);
  });
});
