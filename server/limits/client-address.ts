/** Finds the client address of a request. Limits on unauthenticated clients apply by address. */
import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';

/**
 * `trustedProxies` is the number of reverse proxies in front of the gateway. Each appends the address of its client to
 * `X-Forwarded-For`. Entries further left were sent by the client and cannot be trusted.
 */
export function clientAddress(request: IncomingMessage, trustedProxies: number): string {
  const peer = request.socket.remoteAddress ?? '';
  const header = trustedProxies === 0 ? undefined : request.headers['x-forwarded-for'];
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  const forwarded = text.split(',').flatMap((each) => each.trim() || []);
  const hops = [peer, ...forwarded.reverse()];
  return withoutIpv6Prefix(hops[Math.min(trustedProxies, hops.length - 1)] ?? peer);
}

/** Groups the addresses that one host can use freely: the /64 network of an IPv6 address. */
export function addressGroup(fullAddress: string): string {
  const address = withoutIpv6Prefix(fullAddress);
  if (!isIPv6(address)) return address;
  const [head = '', tail] = address.split('%', 1).join('').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const groups = [...before, ...Array<string>(zeros).fill('0'), ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}

/** Dual-stack sockets report IPv4 addresses as IPv4-mapped IPv6 addresses. */
const withoutIpv6Prefix = (address: string): string =>
  address.replace(/^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i, '');
