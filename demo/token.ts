import { SignJWT } from 'jose';

export interface Claims {
  user: string;
  scope: string;
  /** Patterns of the objects that the holder may use. */
  objects?: string[];
  space?: string;
}

/** The hub's token settings, with the names of its configuration. */
export interface Signer {
  jwtSecret: string;
  jwtIssuer?: string | null;
  jwtAudience?: string | null;
}

/** Signs a token as an application's backend would. Valid for one hour. */
export function signToken(signer: Signer, { user, scope, objects, space }: Claims): Promise<string> {
  const token = new SignJWT({ scope, ...(objects ? { objects } : {}), ...(space ? { space } : {}) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1h');
  if (signer.jwtIssuer) token.setIssuer(signer.jwtIssuer);
  if (signer.jwtAudience) token.setAudience(signer.jwtAudience);
  return token.sign(new TextEncoder().encode(signer.jwtSecret));
}

const refreshAfter = 30 * 60_000;

/** A token source for long runs. Signs a new token after half of the lifetime. */
export function tokenSource(signer: Signer, claims: Claims, now = Date.now): () => Promise<string> {
  let cached: { token: Promise<string>; at: number } | undefined;
  return () => {
    if (!cached || now() - cached.at > refreshAfter) cached = { token: signToken(signer, claims), at: now() };
    return cached.token;
  };
}
