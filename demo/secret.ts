import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dataFolder } from '../dev/folders.ts';
import { secretFault } from '../protocol/secret.ts';

/** There is nothing to sign tokens with, in one line. */
export class NoSecret extends Error {}

/** The secret of the hub on this machine: the environment's, else the one that `npm start` keeps. */
export function readSecret(env: NodeJS.ProcessEnv): string {
  if (env.HUBBUB_JWT_SECRET) {
    const fault = secretFault(env.HUBBUB_JWT_SECRET);
    if (fault !== null) throw new NoSecret(`HUBBUB_JWT_SECRET ${fault}`);
    return env.HUBBUB_JWT_SECRET;
  }
  const kept = join(dataFolder(env), 'jwt-secret');
  try {
    return readFileSync(kept, 'utf8').trim();
  } catch {
    throw new NoSecret(
      `No token: set HUBBUB_TOKEN or HUBBUB_JWT_SECRET (npm start, which keeps a secret in ${kept}, has not run here)`,
    );
  }
}
