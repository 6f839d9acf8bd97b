/**
 * For a script tag: registers `<hubbub-inbox>`. The global `Hubbub` has the exports of the element and the headless
 * client.
 */

export * from '@hubbub/client';
export * from '../element/index.ts';
