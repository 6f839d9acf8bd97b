import type { Server, ServerOptions } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Config, ConfigError } from '../../infra/config.ts';
import { limits } from '../../protocol/limits.ts';

/** Bytes of a request's headers: the longest token, and what else browsers and proxies send. */
const MAX_HEADERS = limits.token + 16_384;
/** Milliseconds in which a request's headers must be complete, counted from the connection for the first one. */
const HEADERS_MS = 10_000;
/** The same for a whole request: a megabyte over a slow mobile network. */
const REQUEST_MS = 60_000;
const CHECK_MS = 2_000;
/** An idle connection is kept for so long; longer where it is a proxy's, which must be the first to close. */
const IDLE_MS = 5_000;
const IDLE_PROXY_MS = 75_000;

/** What a peer may send and how long it may take, before a token is checked. */
export const serverOptions = (trustedProxies: number): ServerOptions => ({
  maxHeaderSize: MAX_HEADERS,
  headersTimeout: HEADERS_MS,
  requestTimeout: REQUEST_MS,
  connectionsCheckingInterval: CHECK_MS,
  keepAliveTimeout: trustedProxies > 0 ? IDLE_PROXY_MS : IDLE_MS,
});

/** Returns the port. @throws ConfigError where the port or the host cannot be used */
export async function listenAt(http: Server, { port, host }: Pick<Config, 'port' | 'host'>): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
      if (taken) return reject(new ConfigError(`PORT ${port} cannot be used (${error.code})`));
      const isHostWrong = error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND';
      reject(isHostWrong ? new ConfigError(`HUBBUB_HOST ${host} is no address of this machine`) : error);
    });
    http.listen({ port, ...(host !== null && { host }) }, resolve);
  });
  return (http.address() as AddressInfo).port;
}
