/** Invalid tokens, with claims that would allow everything. */
import { UnsecuredJWT } from 'jose';
import { SECRET } from '../services.ts';
import { type Claims, tokenFor } from '../tokens.ts';

const everything: Claims = { scope: 'feed log track service' };

/** By their fault. `null` means no token. */
export async function badTokens(sub: string): Promise<Map<string, string | null>> {
  const now = Math.floor(Date.now() / 1_000);
  const valid = await tokenFor(sub, everything);
  const unsecured = new UnsecuredJWT({ ...everything, objects: ['*'] })
    .setSubject(sub)
    .setExpirationTime(now + 3_600)
    .encode();
  return new Map([
    ['no token', null],
    ['garbage', 'garbage'],
    ['expired', await tokenFor(sub, { ...everything, lifetime: -60 })],
    ['not valid yet', await tokenFor(sub, { ...everything, nbf: now + 600 })],
    ['of another key', await tokenFor(sub, everything, `${SECRET}.`)],
    ['alg none', unsecured],
    ['alg none with a signature', `${unsecured}${valid.slice(valid.lastIndexOf('.') + 1)}`],
    ['a changed claim', changed(valid)],
  ]);
}

/** The same signature with another payload. */
function changed(token: string): string {
  const [header, payload = '', signature] = token.split('.');
  const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
  const other = Buffer.from(JSON.stringify({ ...Object(claims), space: 'red' })).toString('base64url');
  return [header, other, signature].join('.');
}
