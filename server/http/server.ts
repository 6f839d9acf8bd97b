import type { Server, ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Config, ConfigError } from '../../config/config.ts';
import { limits } from '../../protocol/limits.ts';

/** Maximum bytes of request headers: the longest token, plus the headers of browsers and proxies. */
const MAX_HEADERS = limits.token + 16_384;
/** Timeout for the headers of a request. For the first request it starts with the connection. */
const HEADERS_MS = 10_000;
/** Timeout for a whole request: enough for a megabyte over a slow mobile network. */
const REQUEST_MS = 60_000;
const CHECK_MS = 2_000;
/** Keep-alive timeout of idle connections. It is longer behind a proxy, because the proxy must close first. */
const IDLE_MS = 5_000;
const IDLE_PROXY_MS = 75_000;

/** Limits that apply before a token is verified. */
export const serverOptions = (trustedProxies: number): ServerOptions => ({
  maxHeaderSize: MAX_HEADERS,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: trustedProxies > 0 ? IDLE_PROXY_MS : IDLE_MS,
});

/** Returns the port. @throws ConfigError if the port or the host cannot be used */
export async function listenAt(http: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const isTaken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      if (isTaken) return reject(new ConfigError(`PORT ${port} cannot be used (${error.code})`));
      const isHostWrong = error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND';
      reject(isHostWrong ? new ConfigError(`HUBBUB_HOST ${host} is not an address of this machine`) : error);
    });
    http.listen({ port, ...(host !== null && { host }) }, resolve);
  });
  return (http.address() as AddressInfo).port;
}
