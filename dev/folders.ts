/** Folders for data that must survive, and for downloads that can be repeated. */
import { accessSync, constants, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { Failure, messageOf } from './failure.ts';

export function dataFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.HUBBUB_DATA || join(env.XDG_DATA_HOME || join(homedir(), '.local', 'share'), 'hubbub'));
}

export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  return resolve(env.HUBBUB_CACHE || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'hubbub'));
}

/** Creates the folder if it is missing. `setting` is the setting to change if that fails. */
export function makeFolder(path: string, setting: string): string {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new Failure(
      `Can't write to ${path} (${messageOf(error)}). Set ${setting} to a folder that can be written.`,
    );
  }
  return path;
}
