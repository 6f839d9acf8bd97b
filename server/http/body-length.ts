import type { IncomingMessage } from 'node:http';

/** Returns the bytes of a request's body as sent, compressed or not; `null` if the transfer is chunked. */
export function sentLengthOf({ headers }: IncomingMessage): number | null {
  if (headers['transfer-encoding'] !== undefined) return null;
  return Number(headers['content-length'] ?? 0);
}

/** Returns the bytes of a request's body; `null` if unknown before it is read, because it is chunked or compressed. */
export function lengthOf(request: IncomingMessage): number | null {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  const length = sentLengthOf(request);
  return length === 0 || encoding === 'identity' ? length : null;
}
