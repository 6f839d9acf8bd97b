/** `npm run chaos`: installs packages where they are missing, as on a fresh clone, then runs main.ts with the arguments given. */
import { launch } from '../dev/launch.mjs';

await launch('../chaos/main.ts');
