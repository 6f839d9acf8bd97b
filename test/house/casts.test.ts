/** A cast by way of `unknown` or to `any` turns off what types are for. Tests may stand in for what they cannot make. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const CAST = /\bas unknown as\b|\bas any\b/;
const COMMENT = /^\s*(\/\*|\*|\/\/)/;

test('no program casts by way of unknown, or to any', () => {
  const files = execFileSync('git', ['ls-files', '*.ts', '*.tsx', ':!test'], { encoding: 'utf8' });
  const found = files
    .trim()
    .split('\n')
    .flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => CAST.test(line) && !COMMENT.test(line))
        .map((line) => `${file}: ${line}`),
    );
  expect(files).toContain('server/gateway.ts');
  expect(found).toEqual([]);
});
