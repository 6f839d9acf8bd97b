/** Verifies tokens and reads their claims (docs/concepts.md, Tokens and spaces). */
import { webcrypto } from 'node:crypto';
import { createRemoteJWKSet, decodeProtectedHeader, errors, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { z } from 'zod';
import type { Config } from '../../config/config.ts';
import { objectClaim, type Principal, type Scope } from '../../core/access/principal.ts';
import { HubError } from '../../core/errors.ts';
import { asMillis } from '../../core/model/units.ts';
import { limits } from '../../protocol/limits.ts';
import { singleLine, tracked, userId } from '../../protocol/schemas/refs.ts';
import { SharedSecret } from './shared-secret.ts';

const scopes = ['feed', 'log', 'track', 'service'] as const satisfies readonly Scope[];
const defaultScopes: readonly Scope[] = ['feed', 'log', 'track'];
/** Most principals share it, because each connection keeps its principal. */
const defaultScopeSet: ReadonlySet<Scope> = new Set(defaultScopes);
const asymmetric = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];
const MAX_CLAIM_ENTRIES = 1_000;

/** The last second that a JavaScript `Date` can represent. */
const LAST_SECOND = 8_640_000_000_000;

const claimedObject = z.union([z.string().min(1).max(320), tracked]);

/** Identity providers send unknown values as `null` or omit them. */
const displayClaim = (max: number) =>
  singleLine(0, max)
    .nullish()
    .transform((text) => text || undefined);

/** The token is trusted, so the picture may be on any site. Only http and https URLs are accepted. */
const picture = displayClaim(2_048).refine(
  (address) => address === undefined || /^https?:$/.test(protocolOf(address)),
  'must be an http or https address',
);

function protocolOf(address: string): string {
  const base = 'https://relative.invalid';
  return URL.canParse(address, base) ? new URL(address, base).protocol : '';
}

const claims = z.object({
  sub: userId,
  exp: z.number().max(LAST_SECOND),
  space: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,31}$/)
    .default('default'),
  scope: z.string().optional(),
  objects: z.array(claimedObject).max(MAX_CLAIM_ENTRIES).default([]),
  verbs: z.array(z.string()).max(MAX_CLAIM_ENTRIES).optional(),
  name: displayClaim(255),
  picture,
});

export class TokenVerifier {
  readonly #sharedSecret: SharedSecret | null;
  /** For `jose`. Imported once, because it would import bytes for each token. */
  readonly #secret: Promise<webcrypto.CryptoKey> | null;
  readonly #keys: JWTVerifyGetKey | null;
  readonly #expected: { issuer?: string; audience?: string; requiredClaims: string[] };

  constructor(config: Pick<Config, 'jwtSecret' | 'jwksUrl' | 'jwtIssuer' | 'jwtAudience'>) {
    this.#keys = config.jwksUrl === null ? null : remoteKeys(new URL(config.jwksUrl));
    this.#expected = {
      requiredClaims: ['sub', 'exp'],
      ...(config.jwtIssuer !== null && { issuer: config.jwtIssuer }),
      ...(config.jwtAudience !== null && { audience: config.jwtAudience }),
    };
    const { jwtSecret } = config;
    this.#secret = jwtSecret === null ? null : importSecret(jwtSecret);
    this.#sharedSecret = jwtSecret === null ? null : new SharedSecret(jwtSecret, this.#expected);
  }

  /** @throws HubError unauthenticated; unavailable if the keys cannot be fetched */
  async verify(token: string): Promise<Principal> {
    if (token.length > limits.token) throw new HubError('unauthenticated', 'the token is too long');
    const payload = this.#sharedSecret?.verify(token) ?? (await this.#verifyPayload(token));
    const parsed = claims.safeParse(payload);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      throw new HubError('unauthenticated', `the token's claim ${issue?.path.join('.')} is not valid`);
    }
    const { sub, exp, space, scope, objects, verbs, name, picture: image } = parsed.data;
    const scopeNames = scope?.split(' ') ?? defaultScopes;
    return {
      sub,
      space,
      scopes:
        scopeNames === defaultScopes
          ? defaultScopeSet
          : new Set(scopes.filter((each) => scopeNames.includes(each))),
      objects: objectClaim(objects),
      verbs: verbs ? new Set(verbs) : null,
      ...(name !== undefined && { name }),
      ...(image !== undefined && { picture: image }),
      expiresAt: asMillis(exp * 1_000),
    };
  }

  async #verifyPayload(token: string): Promise<object> {
    try {
      // The algorithm decides between secret and key set, and each accepts its own kind only.
      const symmetric = decodeProtectedHeader(token).alg === 'HS256';
      if (symmetric && this.#secret) {
        return (await jwtVerify(token, await this.#secret, { ...this.#expected, algorithms: ['HS256'] }))
          .payload;
      }
      if (!symmetric && this.#keys) {
        return (await jwtVerify(token, this.#keys, { ...this.#expected, algorithms: asymmetric })).payload;
      }
    } catch (error) {
      if (error instanceof errors.JWTExpired) throw new HubError('unauthenticated', 'the token has expired');
      // Other errors do not mean that the token is invalid.
      if (!(error instanceof errors.JOSEError || error instanceof TypeError)) throw error;
    }
    throw new HubError('unauthenticated', 'the token is not valid');
  }
}

const importSecret = (secret: string): Promise<webcrypto.CryptoKey> =>
  webcrypto.subtle.importKey(
    'raw',
    new TextEncoder().encode(secret),
    { name: 'HMAC', hash: 'SHA-256' },
    false,
    ['verify'],
  );

/** A remote key set. A failure to fetch it is `unavailable`, not `unauthenticated`. */
function remoteKeys(url: URL): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(url);
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
        throw error;
      throw new HubError('unavailable', 'the token keys cannot be fetched');
    }
  };
}
