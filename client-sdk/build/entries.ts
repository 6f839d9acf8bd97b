/** What the published package offers, and where in the sources it begins. */

/** By the name under which it is imported: `@hubbub/client` and `@hubbub/client/<name>`. */
export const entries = {
  index: 'src/index.ts',
  element: 'element/index.ts',
  react: 'react/index.ts',
  server: 'server/index.ts',
} as const;

/** Style sheets, copied as they are, by the path under which they are imported. */
export const styles = ['react/inbox.css'] as const;

/** Files for a script tag, everything inside, by their name in `browser/`. Each sets the global `Hubbub`. */
export const scripts = {
  hubbub: 'src/index.ts',
  'hubbub-inbox': 'browser/hubbub-inbox.ts',
} as const;

/** The global that the scripts set. */
export const globalName = 'Hubbub';
