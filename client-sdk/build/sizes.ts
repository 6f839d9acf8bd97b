/** Measures the bundle sizes of the built packages: `measure(folder)`. `npm run sizes` prints them. */
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'tsdown';
import type { PackageName } from './packages.ts';

export interface Size {
  name: string;
  /** Bytes, minified. */
  minified: number;
  /** Bytes, minified and gzipped. */
  gzipped: number;
  /** The maximum of `gzipped` in bytes; null: no limit. */
  limit: number | null;
}

const packages = fileURLToPath(new URL('../../node_modules', import.meta.url));

const kB = 1_000;
export const limits = { headless: 12 * kB, element: 30 * kB } as const;

interface BundleOptions {
  /** The packages that are left out. */
  externals: readonly string[];
  /** Files by import name. */
  aliases?: Readonly<Record<string, string>>;
  /** Includes what pages load later, when they need it: the labels of each language. */
  withLater?: boolean;
}

/** Bundles an entry of a built package. Minified like `browser/hubbub.js`. */
async function bundle(
  folder: string,
  entry: string,
  { externals, aliases = {}, withLater = false }: BundleOptions,
): Promise<{ minified: number; gzipped: number }> {
  const isExternal = (id: string) => externals.some((name) => id === name || id.startsWith(`${name}/`));
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
    deps: { alwaysBundle: (id) => !isExternal(id), neverBundle: isExternal, onlyBundle: false },
    outputOptions: { codeSplitting: !withLater },
    inputOptions: { resolve: { modules: [packages, 'node_modules'], alias: { ...aliases } } },
  });
  const chunks = (built?.chunks ?? []).filter((chunk) => chunk.type === 'chunk');
  const entries = chunks.filter((each) => each.isEntry);
  const [chunk] = entries;
  if (!chunk || entries.length > 1) throw new Error(`${entry} is not one file`);
  const shared = chunk.imports.filter((name) => chunks.some((each) => each.fileName === name));
  if (shared.length > 0) throw new Error(`${entry} loads ${shared.join(', ')} at once`);
  const code = Buffer.from(chunk.code);
  return { minified: code.length, gzipped: gzipSync(code, { level: 9 }).length };
}

/** `folder`: the built packages, each in a folder of its name. */
export async function measure(folder: string): Promise<Size[]> {
  const of = (name: PackageName) => join(folder, name);
  const headless = await bundle(of('client'), 'index.js', { externals: ['socket.io-client'] });
  const besides = { externals: ['@hubbub/client'] };
  const element = await bundle(of('inbox'), 'index.js', besides);
  const whole = await bundle(of('inbox'), 'index.js', { ...besides, withLater: true });
  // The workspace's own `@hubbub/inbox` is its source.
  const aliases = { '@hubbub/inbox/engine': resolve(of('inbox'), 'engine.js') };
  const react = await bundle(of('react'), 'index.js', { externals: ['@hubbub/client', 'react'], aliases });
  const transport = await bundle(of('client'), 'index.js', { externals: [] });
  const all = await bundle(of('inbox'), 'browser/hubbub-inbox.js', { externals: [] });
  const row = (
    name: string,
    { minified, gzipped }: { minified: number; gzipped: number },
    limit: number | null,
  ) => ({ name, minified, gzipped, limit });
  return [
    row('headless client, besides socket.io-client', headless, limits.headless),
    row('element with lit, besides the headless client', element, limits.element),
    row('the same with the labels of all languages', whole, limits.element),
    row('React, besides the headless client and React', react, null),
    row('headless client with socket.io-client', transport, null),
    row('browser/hubbub-inbox.js: everything in one file', all, null),
  ];
}

/** Formats the sizes, one line each. */
export function table(sizes: readonly Size[]): string {
  const width = Math.max(...sizes.map(({ name }) => name.length));
  return sizes
    .map(({ name, minified, gzipped, limit }) => {
      const limitText = limit === null ? '' : `  (at most ${limit}${gzipped > limit ? ': TOO MUCH' : ''})`;
      return `${name.padEnd(width)}  ${String(minified).padStart(7)} B minified  ${String(gzipped).padStart(6)} B gzipped${limitText}`;
    })
    .join('\n');
}
