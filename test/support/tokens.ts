import { SignJWT } from 'jose';
import { SECRET } from './services.ts';

export interface Claims {
  scope?: string;
  space?: string;
  objects?: string[];
  verbs?: string[];
  /** Seconds from now. The default is an hour. */
  lifetime?: number;
  [other: string]: unknown;
}

/** A token as an application would sign it. */
export function tokenFor(
  sub: string,
  { lifetime = 3600, ...claims }: Claims = {},
  secret = SECRET,
): Promise<string> {
  return new SignJWT({ objects: ['*'], ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(sub)
    .setExpirationTime(Math.floor(Date.now() / 1000) + lifetime)
    .sign(new TextEncoder().encode(secret));
}

export const serviceToken = (claims: Claims = {}): Promise<string> =>
  tokenFor('backend', { scope: 'service', ...claims });
