import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { elementStyles, styleModule } from '../../../client-sdk/build/element-styles.ts';

it('the element has the styles of inbox.css', async () => {
  const command = 'run node --import tsx client-sdk/build/element-styles-main.ts';
  expect(await readFile(styleModule, 'utf8'), command).toBe(await elementStyles());
});
