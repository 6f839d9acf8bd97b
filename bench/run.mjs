/** `npm run bench`: everything the benchmark needs, on a fresh clone as well, then main.ts with the arguments given. */
import { fileURLToPath } from 'node:url';
import { launch } from '../dev/launch.mjs';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const given = process.argv.slice(2);
const wrong = given.find((each) => !['load', '--json', '--quick'].includes(each));
if (wrong !== undefined) {
  console.error(`Unknown argument ${wrong}. Usage: npm run bench [-- [load] [--quick] [--json]]`);
  process.exit(2);
}
process.argv.splice(
  2,
  given.length,
  '--profile',
  'test',
  '--',
  process.execPath,
  '--import',
  'tsx',
  main,
  ...given,
);
await launch('up.ts');
