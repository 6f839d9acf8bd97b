/** The four published packages: their entry points, and their source files relative to `client-sdk/<name>`. */

export interface PackageSources {
  /** By import name: `index` is the package's own name, another one is `<package>/<name>`. */
  readonly entries: Readonly<Record<string, string>>;
  /** The entries that a bundler must keep if nothing of them is used, because importing them registers something. */
  readonly withEffects: readonly string[];
  /** Style sheets, copied unchanged, by their import path. */
  readonly styles: Readonly<Record<string, string>>;
  /** Self-contained files for a script tag, by their name in `browser/`. Each sets the global `Hubbub`. */
  readonly scripts: Readonly<Record<string, string>>;
}

export type PackageName = 'client' | 'inbox' | 'react' | 'node';

/** In the order of their dependencies. */
export const packages: Readonly<Record<PackageName, PackageSources>> = {
  client: {
    entries: { index: 'src/index.ts' },
    withEffects: [],
    styles: {},
    scripts: { hubbub: 'src/index.ts' },
  },
  inbox: {
    entries: { index: 'element/index.ts', engine: 'engine/index.ts' },
    withEffects: ['index'],
    styles: { 'inbox.css': 'inbox.css' },
    scripts: { 'hubbub-inbox': 'browser/hubbub-inbox.ts' },
  },
  react: {
    entries: { index: 'src/index.ts' },
    withEffects: [],
    styles: { 'inbox.css': '../inbox/inbox.css' },
    scripts: {},
  },
  node: {
    entries: { index: 'src/index.ts' },
    withEffects: [],
    styles: {},
    scripts: {},
  },
};

export const packageNames: readonly PackageName[] = ['client', 'inbox', 'react', 'node'];

/** The global that the scripts set. */
export const globalName = 'Hubbub';

/** `@hubbub/inbox/engine` for the entry `engine` of `inbox`. */
export const importName = (name: PackageName, entry: string): string =>
  entry === 'index' ? `@hubbub/${name}` : `@hubbub/${name}/${entry}`;
