import { fileURLToPath } from 'node:url';

/** Where the commands put the built packages and their tarballs. */
export const outputFolder = fileURLToPath(new URL('../dist', import.meta.url));
