/** Builds the package that is published: `buildPackage(folder)`. `npm run build:client` does it into client-sdk/dist. */
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'tsdown';
import { entries, globalName, scripts, styles } from './entries.ts';
import { manifestOf, type SourceManifest, typesOf } from './manifest.ts';

const source = fileURLToPath(new URL('..', import.meta.url));

/** Browsers of the last years and every Node that is supported. */
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

/** For bundlers and Node. All entries are built together, so that they share what they have in common: one `HubError`. */
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
 * lit is ESM alone. Node's `require` takes that, but under `node16` TypeScript wants CommonJS types to say that they
 * mean it.
 */
async function referToModules(path: string): Promise<void> {
  const text = await readFile(path, 'utf8');
  const imports = /^import (?!type )(.+ from "lit(?:\/[^"]+)?");$/gm;
  await writeFile(path, text.replaceAll(imports, 'import type $1 with { "resolution-mode": "import" };'));
}

/**
 * What a page links to in the repository is not there where the package is installed: its name is left. Only links to
 * elsewhere, which name their scheme, and to places of the page itself stay.
 */
export const standingAlone = (page: string): string =>
  page.replaceAll(/\[([^\]]+)\]\((?!#|\w+:)[^)]+\)/g, '$1');

/** A style sheet is imported for what it does: to TypeScript, which wants to know any import, a module without exports. */
const noExports = 'export {};\n';

/** Replaces what is in the folder. Rejects where anything that is to be published is missing. */
export async function buildPackage(outDir: string): Promise<void> {
  await rm(outDir, { recursive: true, force: true });
  await build(modules(outDir));
  await referToModules(join(outDir, 'element.d.cts'));
  for (const [name, entry] of Object.entries(scripts)) await build(script(outDir, name, entry));
  for (const path of styles) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await cp(join(source, path), join(outDir, path));
    for (const types of Object.values(typesOf(path))) await writeFile(join(outDir, types), noExports);
  }
  await writeFile(
    join(outDir, 'README.md'),
    standingAlone(await readFile(join(source, 'README.md'), 'utf8')),
  );
  await cp(join(source, '../LICENSE'), join(outDir, 'LICENSE'));
  const manifest = JSON.parse(await readFile(join(source, 'package.json'), 'utf8')) as SourceManifest;
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(manifestOf(manifest, styles), null, 2)}\n`);
}
