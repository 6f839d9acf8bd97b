/** `npm run build:sdk`: builds the published packages into client-sdk/dist. */
import { buildPackages } from './build.ts';
import { outputFolder } from './output.ts';

await buildPackages(outputFolder);
