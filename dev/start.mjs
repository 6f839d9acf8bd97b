/** `npm start`: everything Hubbub needs, then Hubbub. See launch.mjs and start.ts. */
import { launch } from './launch.mjs';

await launch('start.ts');
