/** `npm ci` refuses a lock file without the optional packages of other platforms. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

interface Locked {
  version?: string;
  link?: boolean;
  resolved?: string;
  integrity?: string;
  optionalDependencies?: Record<string, string>;
}

const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8')) as {
  packages: Record<string, Locked>;
};

/** The folders in which Node searches `name` from `parent`, innermost first. */
function* places(parent: string, name: string): Generator<string> {
  for (let path = parent; path !== ''; path = path.slice(0, path.lastIndexOf('/node_modules/'))) {
    yield `${path}/node_modules/${name}`;
    if (!path.includes('/node_modules/')) break;
  }
  yield `node_modules/${name}`;
}

test('every optional package of every platform is locked', () => {
  const missing = Object.entries(lock.packages).flatMap(([parent, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => ![...places(parent, name)].some((place) => place in lock.packages))
      .map((name) => `${parent} needs ${name}`),
  );
  expect(missing).toEqual([]);
});

test('the lock file names no registry', () => {
  const resolved = Object.values(lock.packages).filter((locked) => locked.link !== true && locked.resolved);
  expect(resolved).toEqual([]);
});

test('every package from a registry has the hash of what was reviewed', () => {
  const unchecked = Object.entries(lock.packages).filter(
    ([path, { link, integrity }]) =>
      path.includes('node_modules/') && link !== true && !/^sha512-[\w+/]{86}==$/.test(integrity ?? ''),
  );
  expect(unchecked.map(([path]) => path)).toEqual([]);
});
