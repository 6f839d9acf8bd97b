/** `npm run sizes`: builds the packages into client-sdk/dist and prints their sizes. Fails if one exceeds its limit. */
import { buildPackages } from './build.ts';
import { outputFolder } from './output.ts';
import { measure, table } from './sizes.ts';

await buildPackages(outputFolder);
const sizes = await measure(outputFolder);
process.stdout.write(`${table(sizes)}\n`);
if (sizes.some(({ gzipped, limit }) => limit !== null && gzipped > limit)) process.exitCode = 1;
