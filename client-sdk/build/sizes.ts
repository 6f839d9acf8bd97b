/** What a page has to load of the package: `measure(folder)` of a built one. `npm run sizes` prints it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

export interface Size {
  name: string;
  /** Bytes, minified. */
  minified: number;
  /** Bytes, minified and gzipped. */
  gzipped: number;
  /** The most bytes that `gzipped` may be; null: not limited. */
  limit: number | null;
}

const kB = 1_000;
export const limits = { headless: 8 * kB, element: 20 * kB } as const;

/** Leaves out these files, as if they were loaded already. */
const without = (files: readonly string[]): Plugin => ({
  name: 'without',
  setup({ onResolve }) {
    const left = new Set(files);
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      left.has(resolve(resolveDir, path)) ? { path, external: true } : undefined,
    );
  },
});

/** Everything that the entry needs but `external`, and the files it is made of. */
async function bundle(
  folder: string,
  entry: string,
  external: readonly string[],
  files: readonly string[] = [],
): Promise<{ minified: number; gzipped: number; inputs: string[] }> {
  const { outputFiles, metafile } = await build({
    entryPoints: [resolve(folder, entry)],
    absWorkingDir: resolve(folder),
    nodePaths: [fileURLToPath(new URL('../../node_modules', import.meta.url))],
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['production'],
    external: [...external],
    plugins: [without(files)],
    legalComments: 'none',
    write: false,
    outdir: 'out',
    metafile: true,
  });
  const contents = outputFiles[0]?.contents ?? new Uint8Array();
  const inputs = Object.keys(metafile.inputs).map((path) => resolve(folder, path));
  return { minified: contents.length, gzipped: gzipSync(contents, { level: 9 }).length, inputs };
}

/** `folder`: the package as it is built. */
export async function measure(folder: string): Promise<Size[]> {
  const headless = await bundle(folder, 'index.js', ['socket.io-client']);
  const element = await bundle(folder, 'element.js', ['socket.io-client'], headless.inputs);
  const react = await bundle(folder, 'react.js', ['socket.io-client', 'react'], headless.inputs);
  const transport = await bundle(folder, 'index.js', []);
  const all = await bundle(folder, 'browser/hubbub-inbox.js', []);
  const row = (
    name: string,
    { minified, gzipped }: { minified: number; gzipped: number },
    limit: number | null,
  ) => ({ name, minified, gzipped, limit });
  return [
    row('headless client, besides socket.io-client', headless, limits.headless),
    row('element with lit, besides the headless client', element, limits.element),
    row('React, besides the headless client and React', react, null),
    row('headless client with socket.io-client', transport, null),
    row('browser/hubbub-inbox.js: everything in one file', all, null),
  ];
}

/** A line for each. */
export function table(sizes: readonly Size[]): string {
  const width = Math.max(...sizes.map(({ name }) => name.length));
  return sizes
    .map(({ name, minified, gzipped, limit }) => {
      const most = limit === null ? '' : `  (at most ${limit}${gzipped > limit ? ': TOO MUCH' : ''})`;
      return `${name.padEnd(width)}  ${String(minified).padStart(7)} B minified  ${String(gzipped).padStart(6)} B gzipped${most}`;
    })
    .join('\n');
}
