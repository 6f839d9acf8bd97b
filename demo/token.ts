import { SignJWT } from 'jose';

export interface Claims {
  user: string;
  scope: string;
  /** Patterns of the objects its holder may name. */
  objects?: string[];
  space?: string;
}

/** How the hub checks tokens, in its configuration's words. */
export interface Signer {
  jwtSecret: string;
  jwtIssuer?: string | null;
  jwtAudience?: string | null;
}

/** A token as the application's own backend would sign it, valid for one hour. */
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

const freshFor = 30 * 60_000;

/** A token source for long runs: signs anew when half of the time is over. */
export function tokenSource(signer: Signer, claims: Claims, now = Date.now): () => Promise<string> {
  let signed: { token: Promise<string>; at: number } | undefined;
  return () => {
    if (!signed || now() - signed.at > freshFor) signed = { token: signToken(signer, claims), at: now() };
    return signed.token;
  };
}
