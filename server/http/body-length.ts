import type { IncomingMessage } from 'node:http';

/** Bytes of a request's body; `null` where nobody knows before it is read: it comes in pieces, or is compressed. */
export function lengthOf({ headers }: IncomingMessage): number | null {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (headers['transfer-encoding'] !== undefined) return null;
  const length = Number(headers['content-length'] ?? 0);
  return length === 0 || encoding === 'identity' ? length : null;
}
