/** `npm run docs`: writes the API reference to docs/api. */
import { fileURLToPath } from 'node:url';
import { writeReference } from './reference.ts';

await writeReference(fileURLToPath(new URL('../../docs/api', import.meta.url)));
