/** Listen addresses (`HUBBUB_HOST`), and how programs on this machine connect to them. */
import { isIPv6 } from 'node:net';

/** Listen address for services that only this machine may reach. */
export const LOOPBACK = '127.0.0.1';

const WILDCARD_HOSTS = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

/** Returns true if only this machine can reach `host`: a name, an address, or an address in brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name)
  );
}

/** Returns the host part of a URL for a server that listens on `host`; `null`: on all addresses. */
export function hostInUrl(host: string | null): string {
  if (host === null || WILDCARD_HOSTS.has(host)) return LOOPBACK;
  return isIPv6(host) ? `[${host}]` : host;
}
