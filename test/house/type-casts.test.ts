/** Casts through `unknown` or to `any` disable type checks. Only tests may use them, for fakes. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const CAST = /\bas unknown as\b|\bas any\b/;
const COMMENT = /^\s*(\/\*|\*|\/\/)/;

test('no program casts through unknown, or to any', () => {
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
