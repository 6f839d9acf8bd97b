/** Settings that would be found wrong only when something is written, or never, are refused at the start. */
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../infra/config.ts';
import { checkAddress } from '../../../infra/mongo/address.ts';

const env = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017/hubbub',
  REDIS_URL: 'redis://127.0.0.1:6379',
  HUBBUB_JWT_SECRET: 'a secret that only these tests know',
};

describe('REDIS_URL', () => {
  it.each(['', '/', '/0', '/15', '?db=3'])('may name a database by its number: %j', (path) => {
    const url = `redis://:password@redis.example.com:6380${path}`;
    expect(readConfig({ ...env, REDIS_URL: url }).redisUrl).toBe(url);
  });

  it.each(['/hubbub', '/1x', '/-1', '/1/2', '?db=hubbub'])('may name it by nothing else: %j', (path) => {
    expect(() => readConfig({ ...env, REDIS_URL: `redis://127.0.0.1:6379${path}` })).toThrow(
      new ConfigError('REDIS_URL must name its database by a number, as redis://127.0.0.1:6379/1'),
    );
  });
});

it('REDIS_URL is an address', () => {
  expect(() => readConfig({ ...env, REDIS_URL: 'nonsense' })).toThrow(
    new ConfigError('REDIS_URL must be an address such as redis://127.0.0.1:6379'),
  );
});

describe('MONGODB_URI', () => {
  it.each(['UPPER SPACE', 'a.b', 'a%24b', 'x'.repeat(64)])(
    'names a database that can be one, not %j',
    (name) => {
      expect(() => checkAddress(`mongodb://127.0.0.1/${name}`)).toThrow(ConfigError);
      expect(() => checkAddress(`mongodb://127.0.0.1/${name}`)).toThrow(
        /^MONGODB_URI (names a database|cannot be understood)/,
      );
    },
  );

  it.each(['', '/', '/hubbub-1', '/h%C3%A9', `/${'x'.repeat(63)}`])('may name one, or none: %j', (path) => {
    expect(() => checkAddress(`mongodb://one.example.com,two.example.com${path}`)).not.toThrow();
  });
});

describe('HUBBUB_JWT_SECRET', () => {
  it.each(['', 'a', 's'.repeat(31), '€'.repeat(10)])('has at least 32 bytes, not as %j', (secret) => {
    expect(() => readConfig({ ...env, HUBBUB_JWT_SECRET: secret })).toThrow(
      new ConfigError('HUBBUB_JWT_SECRET must have at least 32 bytes: make one by "openssl rand -hex 32"'),
    );
  });

  it('may have more, or exactly 32', () => {
    for (const secret of ['s'.repeat(32), 's'.repeat(33), '€'.repeat(11)])
      expect(readConfig({ ...env, HUBBUB_JWT_SECRET: secret }).jwtSecret).toBe(secret);
  });
});
