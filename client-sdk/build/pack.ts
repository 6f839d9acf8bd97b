/** Packs built packages: `packPackages(folder)`. `npm run pack` builds and packs them in client-sdk/dist. */
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PackageName, packageNames } from './packages.ts';

const execute = promisify(execFile);

export interface Tarball {
  package: PackageName;
  /** As npm knows it: `@hubbub/client`. */
  name: string;
  version: string;
  /** Its path. */
  path: string;
  /** Bytes of the tarball, and of its files. */
  size: number;
  unpackedSize: number;
  files: Array<{ path: string; size: number }>;
}

/** What `npm pack --json` prints of a package. */
type Packed = Omit<Tarball, 'package' | 'path'> & { filename: string };

/** Packs the packages built in `folder`, and replaces the tarballs beside them. Needs no registry. */
export async function packPackages(folder: string): Promise<Tarball[]> {
  for (const file of await readdir(folder)) if (file.endsWith('.tgz')) await rm(join(folder, file));
  const tarballs: Tarball[] = [];
  for (const each of packageNames) {
    const args = ['pack', '--json', '--ignore-scripts', '--pack-destination', folder];
    const { stdout } = await execute('npm', args, {
      cwd: join(folder, each),
      // On Windows `npm` is a batch file.
      shell: process.platform === 'win32',
    });
    const [packed] = JSON.parse(stdout.slice(stdout.indexOf('['))) as Packed[];
    if (!packed) throw new Error(`npm packed nothing in ${join(folder, each)}`);
    const { name, version, filename, size, unpackedSize, files } = packed;
    const path = join(folder, filename);
    tarballs.push({ package: each, name, version, path, size, unpackedSize, files });
  }
  return tarballs;
}
