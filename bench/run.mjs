/** `npm run bench`: installs missing packages, starts the services, then runs main.ts with the command line's arguments. */
import { fileURLToPath } from 'node:url';
import { launch } from '../dev/launch.mjs';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const args = process.argv.slice(2);
const unknown = args.find((each) => !['load', '--json', '--quick'].includes(each));
if (unknown !== undefined) {
  console.error(`Unknown argument ${unknown}. Usage: npm run bench [-- [load] [--quick] [--json]]`);
  process.exit(2);
}
process.argv.splice(
  2,
  args.length,
  '--profile',
  'test',
  '--',
  process.execPath,
  '--import',
  'tsx',
  main,
  ...args,
);
await launch('up.ts');
