/** The `package.json` of what is published, made of the one in `client-sdk`, which is for use from source. */
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

/** The types of a style sheet, by who asks for them: their paths in the package. Each kind of module has its own. */
export const typesOf = (style: string): { import: string; require: string } => ({
  import: `./${style}.d.ts`,
  require: `./${style}.d.cts`,
});

/** Every entry for `import` and for `require`, each with types of its own kind; types come first, as TypeScript asks. */
function exportsOf(names: readonly string[], styles: readonly string[]): Record<string, unknown> {
  const both = (name: string) => ({
    import: { types: `./${name}.d.ts`, default: `./${name}.js` },
    require: { types: `./${name}.d.cts`, default: `./${name}.cjs` },
  });
  return {
    ...Object.fromEntries(names.map((name) => [name === 'index' ? '.' : `./${name}`, both(name)])),
    // The sheet itself for whoever asks, such as an `@import` in another one.
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
    // What content delivery networks serve for a script tag.
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
