import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

it('the call that CONTRIBUTING adds as an example applies to the code', () => {
  const text = readFileSync('CONTRIBUTING.md', 'utf8');
  const diffs = [...text.matchAll(/```diff\n(.*?)```/gs)].map(([, diff]) => diff ?? '');
  expect(diffs.length).toBe(1);
  for (const diff of diffs) {
    // Throws with the reason if the diff does not apply.
    execFileSync('git', ['apply', '--check', '-'], { input: diff, stdio: ['pipe', 'pipe', 'pipe'] });
    expect([...diff.matchAll(/^\+\+\+ /gm)].length).toBe(1);
  }
});
