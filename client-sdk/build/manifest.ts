/** Generates the published `package.json` from the one in `client-sdk`, which is for use from source. */
import { entries } from './entries.ts';

export interface SourceManifest {
  name: string;
  version: string;
  description: string;
  license: string;
  engines: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional: boolean }>;
}

/** The type files of a style sheet, by their paths in the package: one for ESM and one for CommonJS. */
export const typesOf = (style: string): { import: string; require: string } => ({
  import: `./${style}.d.ts`,
  require: `./${style}.d.cts`,
});

/** Every entry for `import` and `require`, each with its own types. `types` comes first, as TypeScript requires. */
function exportsOf(names: readonly string[], styles: readonly string[]): Record<string, unknown> {
  const conditionalExport = (name: string) => ({
    import: { types: `./${name}.d.ts`, default: `./${name}.js` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  });
  return {
    ...Object.fromEntries(
      names.map((name) => [name === 'index' ? '.' : `./${name}`, conditionalExport(name)]),
    ),
    // `default` is the style sheet itself, for example for an `@import` in another one.
    ...Object.fromEntries(
      styles.map((path) => [`./${path}`, { types: typesOf(path), default: `./${path}` }]),
    ),
    './browser/*': './browser/*',
    './package.json': './package.json',
  };
}

/** `styles`: style sheets, by their path in the package. */
export function manifestOf(source: SourceManifest, styles: readonly string[]): Record<string, unknown> {
  const { name, version, description, license, engines, dependencies } = source;
  return {
    name,
    version,
    description,
    license,
    keywords: ['notifications', 'inbox', 'feed', 'realtime', 'socket.io', 'web-component', 'react'],
    type: 'module',
    engines,
    main: './index.cjs',
    module: './index.js',
    types: './index.d.cts',
    // The file that CDNs serve for a script tag.
    unpkg: './browser/hubbub-inbox.js',
    jsdelivr: './browser/hubbub-inbox.js',
    exports: exportsOf(Object.keys(entries), styles),
    // The element registers itself, a style sheet applies itself, and a script sets its global.
    sideEffects: ['./element.js', './element.cjs', './browser/*', ...styles.map((path) => `./${path}`)],
    files: ['*.js', '*.cjs', '*.d.ts', '*.d.cts', '*.map', 'browser', 'react'],
    dependencies,
    ...(source.peerDependencies && { peerDependencies: source.peerDependencies }),
    ...(source.peerDependenciesMeta && { peerDependenciesMeta: source.peerDependenciesMeta }),
  };
}
