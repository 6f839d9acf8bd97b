/** `npm run pack`: builds the packages, packs them into client-sdk/dist, and prints the paths of the tarballs. */
import { buildPackages } from './build.ts';
import { outputFolder } from './output.ts';
import { packPackages } from './pack.ts';

await buildPackages(outputFolder);
for (const { path } of await packPackages(outputFolder)) process.stdout.write(`${path}\n`);
