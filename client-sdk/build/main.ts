/** `npm run build:client`: builds the published package into client-sdk/dist. */
import { fileURLToPath } from 'node:url';
import { buildPackage } from './build.ts';

await buildPackage(fileURLToPath(new URL('../dist', import.meta.url)));
