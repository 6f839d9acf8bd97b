/** `node --import tsx client-sdk/build/element-styles-main.ts`: generates the element's styles from inbox.css. */
import { writeFile } from 'node:fs/promises';
import { elementStyles, styleModule } from './element-styles.ts';

await writeFile(styleModule, await elementStyles());
