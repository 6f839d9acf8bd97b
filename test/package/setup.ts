/** Builds and packs the packages, and installs the tarballs in empty projects, once for all tests. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildPackages } from '../../client-sdk/build/build.ts';
import { packPackages } from '../../client-sdk/build/pack.ts';
import type { PackageName } from '../../client-sdk/build/packages.ts';
import { succeed } from '../support/command.ts';

declare module 'vitest' {
  interface ProvidedContext {
    packages: {
      /** The built packages, each in a folder of its name. */
      built: string;
      /** The paths of the tarballs. */
      tarballs: Record<PackageName, string>;
      /** A project in which all of them are installed. */
      project: string;
      /** A project in which only `@hubbub/node` is installed. */
      backend: string;
    };
  }
}

/** Other packages of applications with React or Express, in the tested versions. */
const beside = ['react', 'react-dom', '@types/react', '@types/node', '@types/express'];

async function versions(): Promise<string[]> {
  const lock = JSON.parse(await readFile('package-lock.json', 'utf8')) as {
    packages: Record<string, { version: string } | undefined>;
  };
  return beside.map((name) => `${name}@${lock.packages[`node_modules/${name}`]?.version ?? 'latest'}`);
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder);
  await writeFile(join(folder, 'package.json'), '{ "name": "empty", "private": true }\n');
  const args = ['install', '--prefer-offline', '--no-audit', '--no-fund', ...packages];
  await succeed('npm', args, { cwd: folder });
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-packages-'));
  const [built, project, backend] = ['built', 'project', 'backend'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await buildPackages(built);
    const packed = await packPackages(built);
    const tarballs = Object.fromEntries(packed.map((each) => [each.package, each.path])) as Record<
      PackageName,
      string
    >;
    await install(project, [...Object.values(tarballs), ...(await versions())]);
    await install(backend, [tarballs.node]);
    provide('packages', { built, tarballs, project, backend });
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
