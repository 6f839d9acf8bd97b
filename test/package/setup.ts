/** Builds and packs the SDK, and installs the tarball in an empty project, once for all tests. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { buildPackage } from '../../client-sdk/build/build.ts';
import { succeed } from '../support/command.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The built package, its tarball, and a project in which it is installed. */
    package: { built: string; tarball: string; project: string };
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

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'hubbub-package-'));
  const [built, project] = [join(folder, 'built'), join(folder, 'project')];
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    await buildPackage(built);
    const packed = await succeed('npm', ['pack', '--json', '--pack-destination', folder], { cwd: built });
    const [{ filename } = { filename: '' }] = JSON.parse(packed.slice(packed.indexOf('['))) as Array<{
      filename: string;
    }>;
    const tarball = join(folder, filename);
    await mkdir(project);
    await writeFile(join(project, 'package.json'), '{ "name": "empty", "private": true }\n');
    await succeed(
      'npm',
      ['install', '--prefer-offline', '--no-audit', '--no-fund', tarball, ...(await versions())],
      { cwd: project },
    );
    provide('package', { built, tarball, project });
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}
