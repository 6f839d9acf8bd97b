/** `npm run bench`: installs missing packages, starts the services, then runs main.ts with the command line's arguments. */
import { fileURLToPath } from 'node:url';
import { launch } from '../dev/launch.mjs';

const main = fileURLToPath(new URL('main.ts', import.meta.url));
const args = process.argv.slice(2);
const others = [...args];
const position = args.indexOf('--profile');
// main.ts knows the names of the sections.
const [, name] = position < 0 ? [] : others.splice(position, 2);
const unknown = others.find(
  (each) => each.startsWith('-') && !['--json', '--markdown', '--quick'].includes(each),
);
const names = others.filter((each) => !each.startsWith('-'));
if (unknown !== undefined) refuse(`Unknown argument ${unknown}.`);
if (position >= 0 && (!name || name.startsWith('-'))) refuse('--profile needs the name of a section.');
if (position >= 0 && names.length > 0) refuse('--profile and other sections exclude each other.');
if (names.includes('load') && names.length > 1) refuse('load and other sections exclude each other.');
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

/** @param {string} reason a sentence */
function refuse(reason) {
  console.error(
    `${reason} Usage: npm run bench [-- [SECTION … | load | --profile SECTION] [--quick] [--json | --markdown]]`,
  );
  process.exit(2);
}
