/** The entry points of the published package, and their source files. */

/** By import name: `@hubbub/client` and `@hubbub/client/<name>`. */
export const entries = {
  index: 'src/index.ts',
  element: 'element/index.ts',
  react: 'react/index.ts',
  server: 'server/index.ts',
} as const;

/** Style sheets, copied unchanged, by their import path. */
export const styles = ['react/inbox.css'] as const;

/** Self-contained files for a script tag, by their name in `browser/`. Each sets the global `Hubbub`. */
export const scripts = {
  hubbub: 'src/index.ts',
  'hubbub-inbox': 'browser/hubbub-inbox.ts',
} as const;

/** The global that the scripts set. */
export const globalName = 'Hubbub';
