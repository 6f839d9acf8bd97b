/** Generates the published `package.json` of a package from the one in its folder, which is for use from source. */
import type { PackageSources } from './packages.ts';

export interface SourceManifest {
  name: string;
  version: string;
  description: string;
  license: string;
  keywords: string[];
  engines: Record<string, string>;
  publishConfig: { access: string; directory: string };
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

/** The type files of a style sheet, by their paths in the package: one for ESM and one for CommonJS. */
export const typesOf = (style: string): { import: string; require: string } => ({
  import: `./${style}.d.ts`,
  require: `./${style}.d.cts`,
});

/** Every entry for `import` and `require`, each with its own types. `types` comes first, as TypeScript requires. */
function exportsOf({ entries, styles, scripts }: PackageSources): Record<string, unknown> {
  const conditionalExport = (name: string) => ({
    import: { types: `./${name}.d.ts`, default: `./${name}.js` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  });
  return {
    ...Object.fromEntries(
      Object.keys(entries).map((name) => [name === 'index' ? '.' : `./${name}`, conditionalExport(name)]),
    ),
    // `default` is the style sheet itself, for example for an `@import` in another one.
    ...Object.fromEntries(
      Object.keys(styles).map((path) => [`./${path}`, { types: typesOf(path), default: `./${path}` }]),
    ),
    ...(Object.keys(scripts).length > 0 && { './browser/*': './browser/*' }),
    './package.json': './package.json',
  };
}

/** Files that do something when they are loaded: an element registers itself, a script sets its global. */
function sideEffectsOf({ withEffects, styles, scripts }: PackageSources): string[] | false {
  const files = [
    ...withEffects.flatMap((name) => [`./${name}.js`, `./${name}.cjs`]),
    ...(Object.keys(scripts).length > 0 ? ['./browser/*'] : []),
    ...Object.keys(styles).map((path) => `./${path}`),
  ];
  return files.length > 0 ? files : false;
}

export function manifestOf(source: SourceManifest, sources: PackageSources): Record<string, unknown> {
  const { name, version, description, license, keywords, engines, dependencies, peerDependencies } = source;
  const [script] = Object.keys(sources.scripts).map((each) => `./browser/${each}.js`);
  return {
    name,
    version,
    description,
    license,
    keywords,
    type: 'module',
    engines,
    publishConfig: { access: source.publishConfig.access },
    main: './index.cjs',
    module: './index.js',
    types: './index.d.cts',
    // The file that CDNs serve for a script tag.
    ...(script && { unpkg: script, jsdelivr: script }),
    exports: exportsOf(sources),
    sideEffects: sideEffectsOf(sources),
    files: [
      '*.js',
      '*.cjs',
      '*.d.ts',
      '*.d.cts',
      '*.map',
      'CHANGELOG.md',
      ...(script ? ['browser'] : []),
      ...Object.keys(sources.styles),
    ],
    dependencies,
    ...(peerDependencies && { peerDependencies }),
  };
}
