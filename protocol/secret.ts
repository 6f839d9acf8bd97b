/** The rule for secrets that sign tokens: as many bytes as HS256 has, or guessing is cheaper than it should be (RFC 7518, 3.2). */
const LEAST_BYTES = 32;

/** Why a secret is none, in words that follow its name; `null` where it is one. */
export function secretFault(secret: unknown): string | null {
  if (typeof secret !== 'string') return 'is not set';
  if (new TextEncoder().encode(secret).length >= LEAST_BYTES) return null;
  return `must have at least ${LEAST_BYTES} bytes: make one by "openssl rand -hex 32"`;
}
