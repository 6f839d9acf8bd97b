/** `npm test`: everything the tests need, then the tests. See launch.mjs and test.ts. */
import { launch } from './launch.mjs';

await launch('test.ts');
