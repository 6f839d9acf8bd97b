/** The counts of `.ci/run`: failures and missing runs must never count as success. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const script = fileURLToPath(new URL('../../.ci/totals.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'hubbub-totals-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Suite {
  status: string;
  message?: string;
  tests: Record<string, 'passed' | 'failed' | 'skipped'>;
}

function totals(suites: Suite[], exitCode: number): string[] {
  const path = join(folder, 'report.json');
  const testResults = suites.map(({ status, message = '', tests }) => ({
    name: join(process.cwd(), 'test/unit/a.test.ts'),
    status,
    message,
    assertionResults: Object.entries(tests).map(([fullName, result]) => ({ fullName, status: result })),
  }));
  writeFileSync(path, JSON.stringify({ testResults }));
  return run(path, exitCode);
}

function run(path: string, exitCode: number): string[] {
  return execFileSync(process.execPath, [script, path, String(exitCode)], { encoding: 'utf8' })
    .trimEnd()
    .split('\n');
}

test('passed tests are counted, skipped ones are not', () => {
  expect(totals([{ status: 'passed', tests: { a: 'passed', b: 'passed', c: 'skipped' } }], 0)).toEqual([
    '2 0',
  ]);
});

test('a failed test is counted and named', () => {
  expect(totals([{ status: 'failed', tests: { a: 'passed', b: 'failed' } }], 1)).toEqual([
    '1 1',
    'test/unit/a.test.ts: b',
  ]);
});

test('a file that did not load is a failure', () => {
  expect(totals([{ status: 'failed', message: 'Cannot find x\nat y', tests: {} }], 1)).toEqual([
    '0 1',
    'test/unit/a.test.ts: Cannot find x',
  ]);
});

test('a file whose setup failed is a failure, even without failed tests', () => {
  expect(totals([{ status: 'failed', message: 'hook', tests: { a: 'skipped' } }], 1)[0]).toBe('0 1');
});

test('a run without tests is a failure, with any exit code', () => {
  expect(totals([], 0)).toEqual(['0 1', 'npm test ran no test']);
  expect(totals([{ status: 'passed', tests: { a: 'skipped' } }], 0)[0]).toBe('0 1');
});

test('a run that failed without a failed test is a failure', () => {
  expect(totals([{ status: 'passed', tests: { a: 'passed' } }], 1)).toEqual([
    '1 1',
    'npm test ended with exit code 1',
  ]);
});

test('a run that wrote no report is a failure', () => {
  expect(run(join(folder, 'none.json'), 137)).toEqual(['0 1', 'npm test wrote no report (exit code 137)']);
});
