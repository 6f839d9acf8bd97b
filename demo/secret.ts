import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../dev/folders.ts';
import { secretError } from '../protocol/secret.ts';

/** There is no secret to sign tokens with, in one line. */
export class MissingSecretError extends Error {}

/** The secret of the hub on this machine: from the environment, otherwise the one that `npm start` stores. */
export function readSecret(env: NodeJS.ProcessEnv): string {
  if (env.HUBBUB_JWT_SECRET) {
    const fault = secretError(env.HUBBUB_JWT_SECRET);
    if (fault !== null) throw new MissingSecretError(`HUBBUB_JWT_SECRET ${fault}`);
    return env.HUBBUB_JWT_SECRET;
  }
  const secretPath = join(dataFolder(env), 'jwt-secret');
  try {
    return readFileSync(secretPath, 'utf8').trim();
  } catch {
    throw new MissingSecretError(
      `No token: set HUBBUB_TOKEN or HUBBUB_JWT_SECRET (npm start, which keeps a secret in ${secretPath}, has not run here)`,
    );
  }
}
