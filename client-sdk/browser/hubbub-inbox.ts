/** For a script tag: `<hubbub-inbox>`, and in the global `Hubbub` all that it and the headless client offer. */
export * from '../element/index.ts';
export * from '../src/index.ts';
