/** The key that signs tokens if none is configured: generated once and kept with the data. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretError } from '../protocol/secret.ts';
import { Failure, messageOf } from './failure.ts';
import { dataFolder, makeFolder } from './folders.ts';

export const secretFile = (): string => join(makeFolder(dataFolder(), 'HUBBUB_DATA'), 'jwt-secret');

export function jwtSecret(): string {
  const configured = process.env.HUBBUB_JWT_SECRET;
  if (configured) {
    const fault = secretError(configured);
    if (fault !== null) throw new Failure(`HUBBUB_JWT_SECRET ${fault}.`);
    return configured;
  }
  const path = secretFile();
  try {
    // Only the first start writes the file.
    writeFileSync(path, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new Failure(`Can't write ${path}: ${messageOf(error)}`);
  }
  return readFileSync(path, 'utf8').trim();
}
