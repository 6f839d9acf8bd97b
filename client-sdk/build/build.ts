/** Builds the published packages: `buildPackages(folder)`. `npm run build:sdk` builds them into client-sdk/dist. */
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type InlineConfig } from 'tsdown';
import { manifestOf, type SourceManifest, typesOf } from './manifest.ts';
import { globalName, type PackageName, packageNames, packages } from './packages.ts';

const sdk = fileURLToPath(new URL('..', import.meta.url));
const license = fileURLToPath(new URL('../../LICENSE', import.meta.url));

/** Recent browsers and every supported Node version. */
const target = 'es2022';

const common = (name: PackageName): InlineConfig => ({
  config: false,
  // Its package.json says what is not bundled: the dependencies.
  cwd: join(sdk, name),
  tsconfig: join(sdk, 'build/tsconfig.types.json'),
  target,
  clean: false,
  sourcemap: true,
  report: false,
  checks: { pluginTimings: false },
  logLevel: 'warn',
  failOnWarn: true,
});

/** For bundlers and Node. All entries of a package are built together, so that they share code. */
const modules = (name: PackageName, outDir: string): InlineConfig => ({
  ...common(name),
  outDir,
  entry: { ...packages[name].entries },
  format: ['esm', 'cjs'],
  platform: 'neutral',
  fixedExtension: false,
  dts: { sourcemap: false },
  deps: { neverBundle: [/^node:/] },
});

/** For script tags: one file each. */
const script = (name: PackageName, outDir: string, file: string, entry: string): InlineConfig => ({
  ...common(name),
  outDir: join(outDir, 'browser'),
  entry: { [file]: entry },
  format: 'iife',
  globalName,
  platform: 'browser',
  minify: true,
  dts: false,
  deps: { alwaysBundle: [/.*/], onlyBundle: false },
  outExtensions: () => ({ js: '.js' }),
  outputOptions: { entryFileNames: '[name].js', codeSplitting: false },
});

/**
 * lit is ESM only. Node's `require` accepts that, but under `node16` TypeScript requires `resolution-mode` in CommonJS
 * types that import it.
 */
async function addResolutionModes(folder: string): Promise<void> {
  const imports = /^import (?!type )(.+ from "lit(?:\/[^"]+)?");$/gm;
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.d.cts')) continue;
    const path = join(folder, file);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replaceAll(imports, 'import type $1 with { "resolution-mode": "import" };'));
  }
}

/**
 * Replaces links to files of the repository by their text, because those files are not in the package. Absolute URLs
 * and anchors stay.
 */
export const removeRelativeLinks = (page: string): string =>
  page.replaceAll(/\[([^\]]+)\]\((?!#|\w+:)[^)]+\)/g, '$1');

/** The types of a style sheet: it is imported for its side effect, so for TypeScript it is a module without exports. */
const emptyModule = 'export {};\n';

/** The `package.json` in the package's folder. */
export async function readManifest(name: PackageName): Promise<SourceManifest> {
  return JSON.parse(await readFile(join(sdk, name, 'package.json'), 'utf8')) as SourceManifest;
}

/** Replaces the content of the folder by one package. Rejects if any file to publish is missing. */
export async function buildPackage(name: PackageName, outDir: string): Promise<void> {
  const source = join(sdk, name);
  const { scripts, styles } = packages[name];
  await rm(outDir, { recursive: true, force: true });
  await build(modules(name, outDir));
  await addResolutionModes(outDir);
  for (const [file, entry] of Object.entries(scripts)) await build(script(name, outDir, file, entry));
  for (const [path, from] of Object.entries(styles)) {
    await mkdir(dirname(join(outDir, path)), { recursive: true });
    await cp(join(source, from), join(outDir, path));
    for (const types of Object.values(typesOf(path))) await writeFile(join(outDir, types), emptyModule);
  }
  const readme = await readFile(join(source, 'README.md'), 'utf8');
  await writeFile(join(outDir, 'README.md'), removeRelativeLinks(readme));
  await cp(license, join(outDir, 'LICENSE'));
  // It exists from the second version on.
  const changelog = join(source, 'CHANGELOG.md');
  if (existsSync(changelog)) await cp(changelog, join(outDir, 'CHANGELOG.md'));
  const manifest = manifestOf(await readManifest(name), packages[name]);
  await writeFile(join(outDir, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Builds all packages, each in a folder of its name. */
export async function buildPackages(outDir: string): Promise<void> {
  for (const name of packageNames) await buildPackage(name, join(outDir, name));
}
