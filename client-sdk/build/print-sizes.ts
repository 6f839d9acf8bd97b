/** `npm run sizes`: builds the package into client-sdk/dist and prints its sizes. Fails if one exceeds its limit. */
import { fileURLToPath } from 'node:url';
import { buildPackage } from './build.ts';
import { measure, table } from './sizes.ts';

const folder = fileURLToPath(new URL('../dist', import.meta.url));
await buildPackage(folder);
const sizes = await measure(folder);
process.stdout.write(`${table(sizes)}\n`);
if (sizes.some(({ gzipped, limit }) => limit !== null && gzipped > limit)) process.exitCode = 1;
