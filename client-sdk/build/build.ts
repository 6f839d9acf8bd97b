/** Builds the published package: `buildPackage(folder)`. `npm run build:client` builds it into client-sdk/dist. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'tsdown';
import { entries, globalName, scripts, styles } from './entries.ts';
import { manifestOf, type SourceManifest, typesOf } from './manifest.ts';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Recent browsers and every supported Node version. */
const target = 'es2022';

const common: InlineConfig = {
  config: false,
  cwd: source,
  tsconfig: 'build/tsconfig.types.json',
  target,
  clean: false,
  sourcemap: true,
  report: false,
  checks: { pluginTimings: false },
  logLevel: 'warn',
  failOnWarn: true,
};

/**
 * For bundlers and Node. All entries are built together, so that they share code: there is only one `HubError` class.
 */
const modules = (outDir: string): InlineConfig => ({
  ...common,
  outDir,
  entry: { ...entries },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  fixedExtension: false,
  dts: { sourcemap: false },
  deps: { neverBundle: [/^node:/] },
});

/** For script tags: one file each. */
const script = (outDir: string, name: string, entry: string): InlineConfig => ({
  ...common,
  outDir: join(outDir, 'browser'),
  entry: { [name]: entry },
  format: 'iife',
  globalName,
  platform: 'browser',
  minify: true,
  dts: false,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  outExtensions: () => ({ js: '.js' }),
  outputOptions: { entryFileNames: '[name].js' },
});

/**
 * lit is ESM only. Node's `require` accepts that, but under `node16` TypeScript requires `resolution-mode` in CommonJS
 * types that import it.
 */
async function addResolutionMode(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const imports = /^import (?!type )(.+ from "lit(?:\/[^"]+)?");$/gm;
  await writeFile(path, text.replaceAll(imports, 'import type $1 with { "resolution-mode": "import" };'));
}

/**
 * Replaces links to files of the repository by their text, because those files are not in the package. Absolute URLs
 * and anchors stay.
 */
export const removeRelativeLinks = (page: string): string =>
  page.replaceAll(/\[([^\]]+)\]\((?!#|\w+:)[^)]+\)/g, '$1');

/** The types of a style sheet: it is imported for its side effect, so for TypeScript it is a module without exports. */
const emptyModule = 'export {};\n';

/** Replaces the content of the folder. Rejects if any file to publish is missing. */
export async function buildPackage(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await build(modules(outDir));
  await addResolutionMode(join(outDir, 'element.d.cts'));
  for (const [name, entry] of Object.entries(scripts)) await build(script(outDir, name, entry));
  for (const path of styles) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await cp(join(source, path), join(outDir, path));
    for (const types of Object.values(typesOf(path))) await writeFile(join(outDir, types), emptyModule);
  }
  await writeFile(
    join(outDir, 'README.md'),
    removeRelativeLinks(await readFile(join(source, 'README.md'), 'utf8')),
  );
  await cp(join(source, '../LICENSE'), join(outDir, 'LICENSE'));
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as SourceManifest;
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(manifestOf(manifest, styles), null, 2)}\n`);
}
