/** A signing secret needs at least as many bytes as the hash of HS256, or it is easier to guess (RFC 7518, 3.2). */
const MIN_BYTES = 32;

/** Returns why a secret is invalid, as text to follow its name; `null` if it is valid. */
export function secretError(secret: unknown): string | null {
  if (typeof secret !== 'string') return 'is not set';
  if (new TextEncoder().encode(secret).length >= MIN_BYTES) return null;
  return `must have at least ${MIN_BYTES} bytes: make one by "openssl rand -hex 32"`;
}
