/** The key that signs tokens, where none is configured: made once and kept with the data. */
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, messageOf } from './failure.ts';
import { dataFolder, makeFolder } from './folders.ts';

export function jwtSecret(): string {
  if (process.env.HUBBUB_JWT_SECRET) return process.env.HUBBUB_JWT_SECRET;
  const path = join(makeFolder(dataFolder(), 'HUBBUB_DATA'), 'jwt-secret');
  try {
    // Only the first start writes it.
    writeFileSync(path, randomBytes(48).toString('base64url'), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST')
      throw new Failure(`Can't write ${path}: ${messageOf(error)}`);
  }
  return readFileSync(path, 'utf8').trim();
}
