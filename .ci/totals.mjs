/**
 * Reads vitest's JSON report: `node .ci/totals.mjs REPORT EXIT_CODE`. Prints `PASSED FAILED`, then a line per failure.
 * A file that did not load, a run without tests and a run that failed without saying where count as a failure each.
 */
import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [path = '', exitCode = '0'] = process.argv.slice(2);

function totals() {
  if (!existsSync(path)) return { passed: 0, failures: [`npm test wrote no report (exit code ${exitCode})`] };
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const failures = [];
  let passed = 0;
  for (const file of report.testResults) {
    const name = relative(process.cwd(), file.name);
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    passed += file.assertionResults.filter((test) => test.status === 'passed').length;
    failures.push(...failed.map((test) => `${name}: ${test.fullName}`));
    if (file.status === 'failed' && failed.length === 0)
      failures.push(`${name}: ${file.message || 'did not run'}`);
  }
  if (passed + failures.length === 0) failures.push('npm test ran no test');
  if (exitCode !== '0' && failures.length === 0) failures.push(`npm test ended with exit code ${exitCode}`);
  return { passed, failures };
}

const { passed, failures } = totals();
process.stdout.write(`${passed} ${failures.length}\n`);
for (const failure of failures) process.stdout.write(`${failure.split('\n')[0]}\n`);
