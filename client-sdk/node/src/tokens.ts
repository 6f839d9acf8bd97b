import { SignJWT } from 'jose';
import type { ClassRef, RefInput } from '../../../protocol/entities.ts';
import { secretError } from '../../../protocol/secret.ts';

export type Scope = 'feed' | 'log' | 'track' | 'service';

export interface TokenOptions {
  /** A list, or names separated by spaces. Default: `feed log track`. */
  scope?: string | readonly Scope[];
  /** The objects that the holder may use: refs, class refs, or prefixes that end in `*`. Default: none. */
  objects?: ReadonlyArray<RefInput | ClassRef>;
  /** The verbs that the holder may log. Default: any. */
  verbs?: readonly string[];
  /**
   * The user's display name as an actor. A user without the service scope cannot set it in actions. At most 255
   * characters.
   */
  name?: string;
  /** The URL of the user's picture: `http`, `https` or relative. */
  picture?: string;
  /** Seconds. Default: 3,600. */
  expiresIn?: number;
  /** Default: the space of the hub client. */
  space?: string;
}

export interface SignerOptions {
  /** The hub's `HUBBUB_JWT_SECRET`, at least 32 bytes. */
  secret: string;
  /** The hub's `HUBBUB_JWT_ISSUER` and `HUBBUB_JWT_AUDIENCE`, if they are set. */
  issuer?: string;
  audience?: string;
  /** Default: `default`. */
  space?: string;
}

const HOUR_S = 3_600;

/** Signs tokens that the hub accepts. */
export class Signer {
  readonly #key: Uint8Array;
  readonly #options: SignerOptions;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(options: SignerOptions, now: () => number) {
    // JavaScript callers may pass `undefined`, for example an environment variable that is not set.
    if (typeof options.secret !== 'string')
      throw new TypeError("secret must be the hub's HUBBUB_JWT_SECRET; it is missing");
    const fault = secretError(options.secret);
    if (fault !== null) throw new TypeError(`secret ${fault}`);
    this.#key = new TextEncoder().encode(options.secret);
    this.#options = options;
    this.#now = now;
  }

  sign(
    subject: string,
    { scope, objects, verbs, name, picture, expiresIn = HOUR_S, space }: TokenOptions,
  ): Promise<string> {
    const { issuer, audience, space: ownSpace } = this.#options;
    const seconds = Math.floor(this.#now() / 1_000);
    const tokenSpace = space ?? ownSpace;
    const token = new SignJWT({
      ...(scope !== undefined && { scope: typeof scope === 'string' ? scope : scope.join(' ') }),
      ...(objects && { objects }),
      ...(verbs && { verbs }),
      ...(name !== undefined && { name }),
      ...(picture !== undefined && { picture }),
      ...(tokenSpace !== undefined && { space: tokenSpace }),
    })
      .setProtectedHeader({ alg: 'HS256' })
      .setSubject(subject)
      .setIssuedAt(seconds)
      .setExpirationTime(seconds + expiresIn);
    if (issuer !== undefined) token.setIssuer(issuer);
    if (audience !== undefined) token.setAudience(audience);
    return token.sign(this.#key);
  }
}

/** The lifetime of the backend's own tokens. */
const LIFETIME_S = 600;
const REFRESH_AFTER_MS = 300_000;

/** The backend's own token. A new one is signed after half of its lifetime. */
export class ServiceToken {
  readonly #signer: Signer;
  readonly #subject: string;
  readonly #now: () => number;
  #cached: { token: Promise<string>; at: number } | undefined;

  constructor(signer: Signer, subject: string, now: () => number) {
    this.#signer = signer;
    this.#subject = subject;
    this.#now = now;
  }

  get(): Promise<string> {
    const now = this.#now();
    // `Math.abs`: a clock that was set back must not extend the use of an old token.
    if (!this.#cached || Math.abs(now - this.#cached.at) > REFRESH_AFTER_MS) {
      const token = this.#signer.sign(this.#subject, { scope: ['service'], expiresIn: LIFETIME_S });
      this.#cached = { token, at: now };
    }
    return this.#cached.token;
  }
}
