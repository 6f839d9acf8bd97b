/** The inbox's style sheet as a module for the element: a module works in every bundler and without one. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

const inbox = (path: string): string => fileURLToPath(new URL(`../inbox/${path}`, import.meta.url));

export const styleModule: string = inbox('element/styles.ts');

/** The text of the module: the minified style sheet. */
export async function elementStyles(): Promise<string> {
  const sheet = await readFile(inbox('inbox.css'), 'utf8');
  const { code } = await transform(sheet, { loader: 'css', minify: true });
  // esbuild keeps the spaces in custom properties.
  const dense = code
    .trim()
    .replaceAll(/, /g, ',')
    .replaceAll(/(--[a-z_-]+): /g, '$1:');
  const text = dense.replaceAll('\\', '\\\\');
  return `/** Generated from inbox.css by client-sdk/build/element-styles-main.ts. */\nexport const styles: string =\n  // biome-ignore format: generated\n  \`${text}\`;\n`;
}
