/**
 * `npm run release`: publishes the packages. `npm run release -- --dry-run` prints
 * what it has packed. Versions that the registry has already are skipped.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { buildPackages } from './build.ts';
import { outputFolder } from './output.ts';
import { packPackages } from './pack.ts';
import { pendingChangesets, report } from './release.ts';

const { values } = parseArgs({ options: { 'dry-run': { type: 'boolean', default: false } } });
const root = fileURLToPath(new URL('../..', import.meta.url));

const pending = await pendingChangesets(fileURLToPath(new URL('../../.changeset', import.meta.url)));
const hint = `changes without a version: ${pending.join(', ')}. Run \`npx changeset version\` and commit.`;
if (pending.length > 0 && !values['dry-run']) {
  process.stderr.write(`${hint}\n`);
  process.exit(1);
}

await buildPackages(outputFolder);
process.stdout.write(`${report(await packPackages(outputFolder))}\n`);
if (values['dry-run']) {
  process.stdout.write(
    `\nDry run: nothing was published. A release skips versions that the registry has.${pending.length > 0 ? ` There are ${hint}` : ''}\n`,
  );
} else {
  // Publishes `publishConfig.directory` of each package whose version is not on the registry, and tags the commit.
  const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' } as const;
  process.exitCode = spawnSync('npx', ['changeset', 'publish'], options).status ?? 1;
}
