/**
 * What a release publishes: `report` and `pendingChangesets`. `npm run release` builds the packages and publishes every
 * version that the registry does not have yet; with `--dry-run` it only prints what it has packed.
 */
import { readdir } from 'node:fs/promises';
import type { Tarball } from './pack.ts';

const kilobytes = (bytes: number): string => `${(bytes / 1_000).toFixed(1)} kB`;

/** One paragraph for each package: name, version, sizes, files. */
export const report = (tarballs: readonly Tarball[]): string =>
  tarballs
    .map(({ name, version, size, unpackedSize, files }) => {
      const title = `${name} ${version}: ${files.length} files, ${kilobytes(size)}, unpacked ${kilobytes(unpackedSize)}`;
      return [title, ...files.map((file) => `  ${file.path}  ${kilobytes(file.size)}`)].join('\n');
    })
    .join('\n\n');

/** The files in `.changeset` whose changes have no version yet. `npx changeset version` turns them into one. */
export async function pendingChangesets(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith('.md') && name !== 'README.md').sort();
}
