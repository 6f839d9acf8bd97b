/** The address a request came from, by which what is not authenticated yet is bounded. */
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * `trustedProxies`: how many reverse proxies stand in front of the gateway. Each appends the address it was called from to
 * `X-Forwarded-For`; what stands further left was written by the client and proves nothing.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? '';
  const header = trustedProxies === 0 ? undefined : request.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const forwarded = text.split(',').flatMap((each) => each.trim() || []);
  const hops = [peer, ...forwarded.reverse()];
  return plain(hops[Math.min(trustedProxies, hops.length - 1)] ?? peer);
}

/** What one host can have at will counts as one address: of IPv6 the first 64 bits. */
export function addressGroup(address: string): string {
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Dual-stack sockets report IPv4 addresses in IPv6 form. */
const plain = (address: string): string => address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
