/** Casts disable type checks. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

/** Casts through `unknown`, or to `any`. Only tests may use them, for fakes. */
const UNCHECKED = /\bas unknown as\b|\bas any\b/;
/** Casts to a unit. `core/model/units.ts` has the only ones, in functions. */
const UNIT = /\bas (?:Position|Micros|Millis)\b/;
const COMMENT = /^\s*(\/\*|\*|\/\/)/;

const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx'], { encoding: 'utf8' }).trim().split('\n');

const linesWith = (cast: RegExp, paths: readonly string[]): string[] =>
  paths.flatMap((path) =>
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => cast.test(line) && !COMMENT.test(line))
      .map((line) => `${path}: ${line}`),
  );

test('no program casts through unknown, or to any', () => {
  const programs = files.filter((path) => !path.startsWith('test/'));
  expect(programs).toContain('server/gateway.ts');
  expect(linesWith(UNCHECKED, programs)).toEqual([]);
});

test('nothing casts to a unit, except its constructor', () => {
  const units = 'core/model/units.ts';
  expect(linesWith(UNIT, [units])).toHaveLength(3);
  expect(
    linesWith(
      UNIT,
      files.filter((path) => path !== units),
    ),
  ).toEqual([]);
});
