import { SignJWT } from 'jose';
import type { ClassRef, RefInput } from '../../protocol/entities.ts';
import { secretFault } from '../../protocol/secret.ts';

export type Scope = 'feed' | 'log' | 'track' | 'service';

export interface TokenOptions {
  /** A list, or its names separated by spaces. Default: `feed log track`. */
  scope?: string | readonly Scope[];
  /** What its holder may name: refs, class refs, or prefixes that end in `*`. Default: none. */
  objects?: ReadonlyArray<RefInput | ClassRef>;
  /** The verbs its holder may log. Default: any. */
  verbs?: readonly string[];
  /** How the user is shown as the actor of what it logs: without the service scope nobody names itself. At most 255 characters. */
  name?: string;
  /** The address of the user's picture, `http`, `https` or relative. */
  picture?: string;
  /** Seconds; default an hour. */
  expiresIn?: number;
  /** Default: that of the hub. */
  space?: string;
}

export interface SignerOptions {
  /** The hub's `HUBBUB_JWT_SECRET`, of at least 32 bytes. */
  secret: string;
  /** The hub's `HUBBUB_JWT_ISSUER` and `HUBBUB_JWT_AUDIENCE`, where it has them. */
  issuer?: string;
  audience?: string;
  /** Default: `default`. */
  space?: string;
}

const AN_HOUR = 3_600;

/** Signs tokens as the hub checks them. */
export class Signer {
  readonly #key: Uint8Array;
  readonly #options: SignerOptions;
  readonly #now: () => number;

  /** `now`: milliseconds since 1970. */
  constructor(options: SignerOptions, now: () => number) {
    // As programs without types call it, for instance with a variable of the environment that is not set.
    if (typeof options.secret !== 'string')
      throw new TypeError("secret must be the hub's HUBBUB_JWT_SECRET; it is missing");
    const fault = secretFault(options.secret);
    if (fault !== null) throw new TypeError(`secret ${fault}`);
    this.#key = new TextEncoder().encode(options.secret);
    this.#options = options;
    this.#now = now;
  }

  sign(
    subject: string,
    { scope, objects, verbs, name, picture, expiresIn = AN_HOUR, space }: TokenOptions,
  ): Promise<string> {
    const { issuer, audience, space: ownSpace } = this.#options;
    const seconds = Math.floor(this.#now() / 1_000);
    const inSpace = space ?? ownSpace;
    const token = new SignJWT({
      ...(scope !== undefined && { scope: typeof scope === 'string' ? scope : scope.join(' ') }),
      ...(objects && { objects }),
      ...(verbs && { verbs }),
      ...(name !== undefined && { name }),
      ...(picture !== undefined && { picture }),
      ...(inSpace !== undefined && { space: inSpace }),
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

/** Of the backend's own tokens. */
const LIFETIME_S = 600;
const RENEWED_AFTER_MS = 300_000;

/** The backend's own token, signed anew when half of its time is over. */
export class ServiceToken {
  readonly #signer: Signer;
  readonly #subject: string;
  readonly #now: () => number;
  #signed: { token: Promise<string>; at: number } | undefined;

  constructor(signer: Signer, subject: string, now: () => number) {
    this.#signer = signer;
    this.#subject = subject;
    this.#now = now;
  }

  get(): Promise<string> {
    const now = this.#now();
    // A clock that was set back does not keep an old token for longer.
    if (!this.#signed || Math.abs(now - this.#signed.at) > RENEWED_AFTER_MS) {
      const token = this.#signer.sign(this.#subject, { scope: ['service'], expiresIn: LIFETIME_S });
      this.#signed = { token, at: now };
    }
    return this.#signed.token;
  }
}
