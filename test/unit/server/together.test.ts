/** Users who connect at once are asked for together, and each by a question that begins after it came. */
import { expect, test } from 'vitest';
import { Together } from '../../../server/together.ts';
import { until } from '../../support/until.ts';

interface Question {
  space: string;
  names: readonly string[];
  answer(found: readonly string[]): void;
  fail(error: Error): void;
}

function questions() {
  const asked: Question[] = [];
  const together = new Together(
    (space, names) =>
      new Promise((answer, fail) => {
        asked.push({ space, names, answer, fail });
      }),
  );
  return { asked, together };
}

test('those who come during a question share the next one', async () => {
  const { asked, together } = questions();
  const first = together.has('a', 'ada');
  const others = ['ben', 'cleo', 'ben'].map((name) => together.has('a', name));
  const elsewhere = together.has('b', 'ada');
  expect(asked.map(({ space, names }) => [space, names])).toEqual([
    ['a', ['ada']],
    ['b', ['ada']],
  ]);
  asked[0]?.answer(['ada']);
  asked[1]?.answer([]);
  expect(await Promise.all([first, elsewhere])).toEqual([true, false]);
  await until(() => asked.length === 3);
  expect(asked[2]?.names).toEqual(['ben', 'cleo']);
  asked[2]?.answer(['cleo']);
  expect(await Promise.all(others)).toEqual([false, true, false]);
  // Nothing is under way: nobody waits.
  void together.has('a', 'dora');
  await until(() => asked.length === 4);
});

test('a question that fails fails for those who share it, and not for the next', async () => {
  const { asked, together } = questions();
  const first = together.has('a', 'ada');
  const second = together.has('a', 'ben');
  asked[0]?.fail(new Error('the database is away'));
  await expect(first).rejects.toThrow('away');
  await until(() => asked.length === 2);
  asked[1]?.answer(['ben']);
  expect(await second).toBe(true);
});

test('a question that gets no answer does not hold up the next one', async () => {
  const { asked, together } = questions();
  void together.has('a', 'ada');
  const second = together.has('a', 'ben');
  await until(() => asked.length === 2);
  asked[1]?.answer([]);
  expect(await second).toBe(false);
});
