import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../config/config.ts';
import { parseRedisUrl } from '../../../config/redis-url.ts';

/** Every character that a URL treats specially, and some that it does not allow. */
const SPECIAL = `a@b:c/d?e#f%g+h i,j[k]l"m'n&o=p\\q€`;
const encoded = encodeURIComponent(SPECIAL);

describe('an address', () => {
  it('of one server has a host, and may have a port and a database', () => {
    const server = { kind: 'server', tls: false };
    expect(parseRedisUrl('redis://one')).toEqual({
      ...server,
      hosts: [{ host: 'one', port: 6379 }],
      database: 0,
    });
    expect(parseRedisUrl('redis://one:7000/3')).toEqual({
      ...server,
      hosts: [{ host: 'one', port: 7000 }],
      database: 3,
    });
    expect(parseRedisUrl('redis://[::1]:7000?db=4')).toEqual({
      ...server,
      hosts: [{ host: '::1', port: 7000 }],
      database: 4,
    });
  });

  it('of a cluster lists nodes', () => {
    expect(parseRedisUrl('redis+cluster://one:7000,10.0.0.2,[fd00::3]:7002/')).toEqual({
      kind: 'cluster',
      tls: false,
      hosts: [
        { host: 'one', port: 7000 },
        { host: '10.0.0.2', port: 6379 },
        { host: 'fd00::3', port: 7002 },
      ],
    });
  });

  it('of Sentinel names a master, and may name a database and how to authenticate', () => {
    const query = `sentinelUsername=watcher&sentinelPassword=${encoded}`;
    expect(parseRedisUrl(`redis+sentinel://s1,s2:26380/main%2Fone/2?${query}`)).toEqual({
      kind: 'sentinel',
      tls: false,
      hosts: [
        { host: 's1', port: 26379 },
        { host: 's2', port: 26380 },
      ],
      master: 'main/one',
      database: 2,
      sentinels: { username: 'watcher', password: SPECIAL },
    });
    expect(parseRedisUrl('redis+sentinel://s1/main')).toMatchObject({ database: 0, sentinels: {} });
  });

  it.each(['redis', 'redis+cluster', 'redis+sentinel'])('of the form %s:// may use TLS', (form) => {
    const url = `${form.replace('redis', 'rediss')}://one/${form.endsWith('sentinel') ? 'main' : ''}`;
    expect(parseRedisUrl(url)).toMatchObject({ tls: true });
    expect(parseRedisUrl(`${url}?servername=redis.example.com`)).toMatchObject({
      servername: 'redis.example.com',
    });
  });

  it.each(['redis://', 'redis+cluster://', 'redis+sentinel://'])(
    'of the form %s may contain an encoded name and password',
    (form) => {
      const path = form.includes('sentinel') ? '/main' : '';
      expect(parseRedisUrl(`${form}${encoded}:${encoded}@one:7000${path}`)).toMatchObject({
        username: SPECIAL,
        password: SPECIAL,
      });
      const onlyPassword = parseRedisUrl(`${form}:${encoded}@one:7000${path}`);
      expect(onlyPassword).toMatchObject({ password: SPECIAL });
      expect(onlyPassword).not.toHaveProperty('username');
    },
  );
});

describe('an invalid address', () => {
  const env = {
    MONGODB_URI: 'mongodb://127.0.0.1:27017/hubbub',
    HUBBUB_JWT_SECRET: 'a secret that only these tests know',
  };

  it.each([
    ['http://one', 'must be an address such as redis://127.0.0.1:6379'],
    ['redis://', 'must be an address such as redis://127.0.0.1:6379'],
    ['redis+other://one', 'must be an address such as redis://127.0.0.1:6379'],
    ['redis://one,two', 'has several hosts: write redis+cluster:// or redis+sentinel://'],
    ['redis://one:70000', /^must have a host and a port/],
    ['redis+cluster://one:7000,,two', /^must have hosts and ports, separated by commas/],
    ['redis+cluster://one:7000/1', 'must name no database: a cluster has only number 0'],
    ['redis+sentinel://one:26379', /^must name the master/],
    ['redis+sentinel://one:26379/', /^must name the master/],
    ['redis+sentinel://one:26379/main/x', /^must name its database by number/],
    ['redis://one?tls=1', 'must have no parameters except db, servername'],
    ['redis+cluster://one?db=0', 'must have no parameters except servername'],
    ['redis://user:100%@one', 'contains a % that encodes nothing: write %25'],
  ])('%s is refused in one line', (url, message) => {
    const found = parseRedisUrl(url);
    if (typeof message === 'string') expect(found).toBe(message);
    else expect(found).toMatch(message);
    expect(() => readConfig({ ...env, REDIS_URL: url })).toThrow(new ConfigError(`REDIS_URL ${found}`));
    expect(found).not.toContain('\n');
  });

  it.each(['', '/hubbub', '/1/2', ':nonsense', ',,', '?unknown=1'])(
    'never shows its password: %j',
    (rest) => {
      for (const password of [
        'hunter2',
        'hun/ter2',
        'hun?ter2',
        'hun#ter2',
        'hun@ter2',
        'hun%ter2',
        'hun ter2',
      ])
        for (const form of ['redis', 'redis+cluster', 'redis+sentinel', 'other']) {
          const found = parseRedisUrl(`${form}://user:${password}@one${rest}`);
          if (typeof found === 'string') expect(found).not.toMatch(/hun|ter2/);
        }
    },
  );
});
