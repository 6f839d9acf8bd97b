/** The key that signs tokens, where none is configured: made once and kept with the data. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { secretFault } from '../protocol/secret.ts';
import { Failure, messageOf } from './failure.ts';
import { dataFolder, makeFolder } from './folders.ts';

/** Where it is kept. */
export const secretFile = (): string => join(makeFolder(dataFolder(), 'HUBBUB_DATA'), 'jwt-secret');

export function jwtSecret(): string {
  const given = process.env.HUBBUB_JWT_SECRET;
  if (given) {
    const fault = secretFault(given);
    if (fault !== null) throw new Failure(`HUBBUB_JWT_SECRET ${fault}.`);
    return given;
  }
  const path = secretFile();
  try {
    // Only the first start writes it.
    writeFileSync(path, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new Failure(`Can't write ${path}: ${messageOf(error)}`);
  }
  return readFileSync(path, 'utf8').trim();
}
