/** `npm test`: starts the services, then runs the tests. See launch.mjs and test.ts. */
import { launch } from './launch.mjs';

await launch('test.ts');
