/** Addresses to listen at (`HUBBUB_HOST`), and how a program on this machine reaches what listens there. */
import { isIPv6 } from 'node:net';

/** Where what is for this machine alone listens. */
export const LOOPBACK = '127.0.0.1';

const EVERYWHERE = new Set(['0.0.0.0', '::', '0:0:0:0:0:0:0:0']);

/** Whether only programs on this machine reach it. `host` may be a name, an address, or an address in brackets. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase();
  return (
    name === 'localhost' ||
    name.endsWith('.localhost') ||
    name === '::1' ||
    /^(::ffff:)?127(\.\d{1,3}){3}$/.test(name)
  );
}

/** The host part of a URL for what listens at `host`; `null`: at every address. */
export function hostInUrl(host: string | null): string {
  if (host === null || EVERYWHERE.has(host)) return LOOPBACK;
  return isIPv6(host) ? `[${host}]` : host;
}
