/** `npm start`: starts the services, then Hubbub. See launch.mjs and start.ts. */
import { launch } from './launch.mjs';

await launch('start.ts');
