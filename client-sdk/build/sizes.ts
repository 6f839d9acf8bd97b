/** What a page has to load of the package: `measure(folder)` of a built one. `npm run sizes` prints it. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'tsdown';

export interface Size {
  name: string;
  /** Bytes, minified. */
  minified: number;
  /** Bytes, minified and gzipped. */
  gzipped: number;
  /** The most bytes that `gzipped` may be; null: not limited. */
  limit: number | null;
}

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

const kB = 1_000;
export const limits = { headless: 9 * kB, element: 20 * kB } as const;

/**
 * Everything that the entry needs but the packages `without`, and the files of the package that it is made of. `loaded`:
 * files that the page has already. Minified as `browser/hubbub.js` is.
 */
async function bundle(
  folder: string,
  entry: string,
  without: readonly string[],
  loaded: readonly string[] = [],
): Promise<{ minified: number; gzipped: number; files: string[] }> {
  const isLeftOut = (id: string) =>
    loaded.includes(id) || without.some((name) => id === name || id.startsWith(`${name}/`));
  const [built] = await build({
    config: false,
    cwd: resolve(folder),
    entry: { measured: entry },
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    minify: true,
    dts: false,
    write: false,
    clean: false,
    sourcemap: false,
    report: false,
    logLevel: 'silent',
    deps: { alwaysBundle: (id) => !isLeftOut(id), neverBundle: isLeftOut, onlyBundle: false },
    inputOptions: { resolve: { modules: [packages, 'node_modules'] } },
  });
  const chunks = (built?.chunks ?? []).filter((chunk) => chunk.type === 'chunk');
  const [chunk] = chunks;
  if (!chunk || chunks.length > 1) throw new Error(`${entry} is not one file`);
  const code = Buffer.from(chunk.code);
  return {
    minified: code.length,
    gzipped: gzipSync(code, { level: 9 }).length,
    files: chunk.moduleIds.filter((id) => id.startsWith(resolve(folder))),
  };
}

/** `folder`: the package as it is built. */
export async function measure(folder: string): Promise<Size[]> {
  const headless = await bundle(folder, 'index.js', ['socket.io-client']);
  const element = await bundle(folder, 'element.js', ['socket.io-client'], headless.files);
  const react = await bundle(folder, 'react.js', ['socket.io-client', 'react'], headless.files);
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
