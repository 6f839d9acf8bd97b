import { SignJWT } from 'jose';

export interface Claims {
  user: string;
  scope: string;
  /** Patterns of the objects its holder may name. */
  objects?: string[];
  space?: string;
}

/** A token as the application's own backend would sign it, valid for one hour. */
export function signToken(secret: string, { user, scope, objects, space }: Claims): Promise<string> {
  return new SignJWT({ scope, ...(objects ? { objects } : {}), ...(space ? { space } : {}) })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject(user)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(new TextEncoder().encode(secret));
}
