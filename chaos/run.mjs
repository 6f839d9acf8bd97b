/** `npm run chaos`: installs missing packages, then runs main.ts with the command line's arguments. */
import { launch } from '../dev/launch.mjs';

await launch('../chaos/main.ts');
