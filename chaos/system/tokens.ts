/** Creates the tokens of the run. */
import { SignJWT } from 'jose';

export const SECRET = 'a secret of the fault harness, 32 bytes or longer';
const key = new TextEncoder().encode(SECRET);

function sign(subject: string, claims: Record<string, unknown>): Promise<string> {
  return (
    new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(subject)
      // Longer than any run and any clock error.
      .setExpirationTime('1 day')
      .sign(key)
  );
}

export const userToken = (user: string): Promise<string> => sign(user, { objects: ['*'] });
export const serviceToken = (): Promise<string> => sign('backend', { scope: 'service' });
