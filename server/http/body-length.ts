import type { IncomingMessage } from 'node:http';

/** Bytes of a request's body on its way, compressed or not; `null` if it comes in pieces. */
export function sentLengthOf({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  return Number(headers['content-length'] ?? 0);
}

/** Bytes of a request's body; `null` if nobody knows before it is read, because it comes in pieces or is compressed. */
export function lengthOf(request: IncomingMessage): number | null {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const length = sentLengthOf(request);
  return length === 0 || encoding === 'identity' ? length : null;
}
