import { describe, expect, test } from 'vitest';
import { CallerDisconnectedError } from '../../../../core/errors.ts';
import { Slots } from '../../../../server/limits/slots.ts';

const staying = { bytes: 1, signal: new AbortController().signal };
/** True if the promise is still pending after all due callbacks ran. */
const isPending = async (promise: Promise<unknown>): Promise<boolean> => {
  const pending = {};
  await new Promise((resolve) => setImmediate(resolve));
  return (await Promise.race([promise, Promise.resolve(pending)])) === pending;
};

describe('slots', () => {
  test('admit as many calls as there are slots, and the next one after a release', async () => {
    const slots = new Slots<string>({ active: 2, waiting: 10, bytes: 100 });
    const first = await slots.enter('ada', staying);
    await slots.enter('ada', staying);
    const third = slots.enter('ada', staying);
    expect(await isPending(third)).toBe(true);
    first();
    // A second release must not admit another call.
    first();
    await third;
    expect(await isPending(slots.enter('ada', staying))).toBe(true);
  });

  test('of one name are independent of those of another', async () => {
    const slots = new Slots<string>({ active: 1, waiting: 0, bytes: 100 });
    await slots.enter('ada', staying);
    await expect(slots.enter('ada', staying)).rejects.toMatchObject({
      code: 'rate_limited',
      retryAfterMs: 1_000,
    });
    await slots.enter('bob', staying);
  });

  test('admit calls in order of arrival', async () => {
    const slots = new Slots<string>({ active: 1, waiting: 10, bytes: 100 });
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

  test('refuse waiting calls beyond the byte limit, however few they are', async () => {
    const slots = new Slots<string>({ active: 1, waiting: 10, bytes: 100 });
    const release = await slots.enter('ada', { ...staying, bytes: 1_000 });
    const waiting = slots.enter('ada', { ...staying, bytes: 60 });
    await expect(slots.enter('ada', { ...staying, bytes: 60 })).rejects.toMatchObject({
      code: 'rate_limited',
    });
    release();
    await waiting;
    // Active calls no longer count as waiting.
    expect(await isPending(slots.enter('ada', { ...staying, bytes: 60 }))).toBe(true);
  });

  test('drop a waiting call whose client disconnected, and admit the next one', async () => {
    const slots = new Slots<string>({ active: 1, waiting: 2, bytes: 100 });
    const release = await slots.enter('ada', staying);
    const leaving = new AbortController();
    const dropped = slots.enter('ada', { bytes: 1, signal: leaving.signal });
    const next = slots.enter('ada', staying);
    leaving.abort(new CallerDisconnectedError());
    await expect(dropped).rejects.toBeInstanceOf(CallerDisconnectedError);
    release();
    await next;
    await expect(slots.enter('ada', { bytes: 1, signal: leaving.signal })).rejects.toBeInstanceOf(
      CallerDisconnectedError,
    );
  });
});
