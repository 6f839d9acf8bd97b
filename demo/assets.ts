/** The page's files, bundled once at startup and kept in memory. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';

export interface Asset {
  type: string;
  body: string;
}

const folder = new URL('./page/', import.meta.url);

/** Returns the files by path. Bundling takes well under a second. */
export async function readAssets(): Promise<Map<string, Asset>> {
  const [html, css, script] = await Promise.all([
    readFile(new URL('index.html', folder), 'utf8'),
    bundle('style.css'),
    bundle('main.ts'),
  ]);
  // Otherwise esbuild's process would run as long as this one.
  await stop();
  return new Map([
    ['/', { type: 'text/html; charset=utf-8', body: html }],
    ['/demo/style.css', { type: 'text/css; charset=utf-8', body: css }],
    ['/demo/main.js', { type: 'text/javascript; charset=utf-8', body: script }],
  ]);
}

async function bundle(file: string): Promise<string> {
  const result = await build({
    entryPoints: [fileURLToPath(new URL(file, folder))],
    bundle: true,
    write: false,
    minify: true,
    format: 'esm',
    target: 'es2023',
    platform: 'browser',
    logLevel: 'silent',
  });
  return result.outputFiles[0]?.text ?? '';
}
