/**
 * The forms of `REDIS_URL`. Special characters of names and passwords are percent-encoded.
 *
 *     redis://user:password@host:6379/1                     one server, database 1
 *     redis+cluster://user:password@host-1:7000,host-2:7000 a Redis Cluster; one of these nodes must be reachable at start
 *     redis+sentinel://user:password@host-1:26379/main/1    the master that Sentinel calls `main`, database 1
 *
 * `rediss` instead of `redis` connects by TLS.
 */
const SHAPE = /^redis(s?)(?:\+(cluster|sentinel))?:\/\/([^/?#]*)([^?#]*)(?:\?([^#]*))?$/;
const HOST = /^([^\s:@[\]]+|\[[\da-fA-F:.]+\])(?::(\d{1,5}))?$/;

const DEFAULT_PORT = 6379;
const DEFAULT_SENTINEL_PORT = 26379;

interface Credentials {
  username?: string;
  password?: string;
}

export interface RedisHost {
  host: string;
  port: number;
}

interface CommonAddress extends Credentials {
  /** Not empty. */
  hosts: readonly RedisHost[];
  tls: boolean;
  /** The name that certificates must have, if it is not the name of the host. */
  servername?: string;
}

export type RedisAddress = CommonAddress &
  (
    | { kind: 'server'; database: number }
    | { kind: 'cluster' }
    | { kind: 'sentinel'; database: number; master: string; sentinels: Credentials }
  );

type Kind = RedisAddress['kind'];

const PARAMETERS: Record<Kind, readonly string[]> = {
  server: ['db', 'servername'],
  cluster: ['servername'],
  sentinel: ['servername', 'sentinelUsername', 'sentinelPassword'],
};

const NUMBERED_DATABASE = 'must name its database by number, such as redis://127.0.0.1:6379/1';

/** Messages never quote the address, which may contain a password. */
class InvalidAddress extends Error {}

/** Returns what is wrong with the address instead, to be read after its name. */
export function parseRedisUrl(text: string): RedisAddress | string {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof InvalidAddress) return error.message;
    throw error;
  }
}

function parse(text: string): RedisAddress {
  const [, secure, form, authority = '', path = '', query = ''] = SHAPE.exec(text) ?? [];
  if (secure === undefined || authority === '')
    throw new InvalidAddress('must be an address such as redis://127.0.0.1:6379');
  const kind: Kind = form === 'cluster' || form === 'sentinel' ? form : 'server';
  const parameters = new URLSearchParams(query);
  const at = authority.lastIndexOf('@');
  const [username, password] = splitOnce(authority.slice(0, Math.max(at, 0)), ':').map(decode);
  const hosts = parseHosts(authority.slice(at + 1), kind);
  if ([...parameters.keys()].some((name) => !PARAMETERS[kind].includes(name)))
    throw new InvalidAddress(`must have no parameters except ${PARAMETERS[kind].join(', ')}`);
  const servername = parameters.get('servername');
  const common = {
    hosts,
    tls: secure === 's',
    ...credentials(username, password),
    ...(servername && { servername }),
  };
  if (kind === 'server') return { kind, ...common, database: parseDatabase(path, parameters.get('db')) };
  if (kind === 'cluster') {
    if (!/^\/?0?$/.test(path)) throw new InvalidAddress('must name no database: a cluster has only number 0');
    return { kind, ...common };
  }
  const [master = '', database = ''] = splitOnce(path.slice(1), '/');
  if (master === '') {
    throw new InvalidAddress('must name the master, such as redis+sentinel://127.0.0.1:26379/mymaster');
  }
  const sentinels = credentials(parameters.get('sentinelUsername'), parameters.get('sentinelPassword'));
  return { kind, ...common, master: decode(master), database: parseDatabase(database, null), sentinels };
}

function parseHosts(list: string, kind: Kind): RedisHost[] {
  const hosts = list.split(',').map((each) => {
    const [, host, port] = HOST.exec(each) ?? [];
    const number = Number(port ?? (kind === 'sentinel' ? DEFAULT_SENTINEL_PORT : DEFAULT_PORT));
    if (host === undefined || number > 65_535) {
      throw new InvalidAddress(
        `must have ${kind === 'server' ? 'a host and a port' : 'hosts and ports, separated by commas'}, and names and passwords must be percent-encoded`,
      );
    }
    return { host: host.replace(/^\[|\]$/g, ''), port: number };
  });
  if (kind === 'server' && hosts.length > 1) {
    throw new InvalidAddress('has several hosts: write redis+cluster:// or redis+sentinel://');
  }
  return hosts;
}

/** ioredis would use database 0 for anything that is not a number, and that database may belong to someone else. */
function parseDatabase(path: string, parameter: string | null): number {
  const text = path.replace(/^\//, '');
  if (!/^\d*$/.test(text) || !/^\d*$/.test(parameter ?? '')) throw new InvalidAddress(NUMBERED_DATABASE);
  return Number(parameter || text);
}

/** Returns the text before the separator and the text after it, which is missing if there is no separator. */
function splitOnce(text: string, separator: string): string[] {
  const index = text.indexOf(separator);
  return index < 0 ? [text] : [text.slice(0, index), text.slice(index + 1)];
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new InvalidAddress('contains a % that encodes nothing: write %25');
  }
}

const credentials = (username?: string | null, password?: string | null): Credentials => ({
  ...(username && { username }),
  ...(password && { password }),
});
