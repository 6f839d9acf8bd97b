/** Puts built packages into the `node_modules` of a folder, as if they were installed from a registry. */
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { buildPackage, readManifest } from '../../client-sdk/build/build.ts';
import { importName, packageNames } from '../../client-sdk/build/packages.ts';

/** The names may be ours and others'. What ours depend on is installed too; the others are this project's. */
export async function installPackages(folder: string, names: readonly string[]): Promise<void> {
  const wanted = new Set(names);
  // A set that grows while it is read is read to its end.
  for (const name of wanted) {
    const target = join(folder, 'node_modules', name);
    const own = packageNames.find((each) => importName(each, 'index') === name);
    if (own) {
      await buildPackage(own, target);
      for (const dependency of Object.keys((await readManifest(own)).dependencies)) wanted.add(dependency);
    } else {
      await mkdir(dirname(target), { recursive: true });
      await symlink(join(process.cwd(), 'node_modules', name), target);
    }
  }
}
