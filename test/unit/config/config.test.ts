/** Invalid settings are refused at start, also those that would otherwise fail only on a write, or never. */
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../config/config.ts';
import { checkUri } from '../../../infra/mongo/connect.ts';

const env = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017/hubbub',
  REDIS_URL: 'redis://127.0.0.1:6379',
  HUBBUB_JWT_SECRET: 'a secret that only these tests know',
};

describe('REDIS_URL', () => {
  it.each(['', '/', '/0', '/15', '?db=3'])('may name a database by number: %j', (path) => {
    const url = `redis://:password@redis.example.com:6380${path}`;
    expect(readConfig({ ...env, REDIS_URL: url }).redisUrl).toBe(url);
  });

  it.each(['/hubbub', '/1x', '/-1', '/1/2', '?db=hubbub'])('must not name it otherwise: %j', (path) => {
    expect(() => readConfig({ ...env, REDIS_URL: `redis://127.0.0.1:6379${path}` })).toThrow(
      new ConfigError('REDIS_URL must name its database by number, such as redis://127.0.0.1:6379/1'),
    );
  });
});

it('REDIS_URL must be an address', () => {
  expect(() => readConfig({ ...env, REDIS_URL: 'nonsense' })).toThrow(
    new ConfigError('REDIS_URL must be an address such as redis://127.0.0.1:6379'),
  );
});

describe('REDIS_SHARDS', () => {
  it.each([
    ['redis://127.0.0.1:6379', 1],
    ['redis+sentinel://127.0.0.1:26379/main', 1],
    ['redis+cluster://127.0.0.1:7000', 8],
  ])('is for %s by default %d', (url, count) => {
    expect(readConfig({ ...env, REDIS_URL: url }).redisShards).toBe(count);
    expect(readConfig({ ...env, REDIS_URL: url, REDIS_SHARDS: '5' }).redisShards).toBe(5);
  });

  it.each(['0', '65', '-1', '1.5', 'x', ''])('must be a whole number from 1 to 64, not %j', (count) => {
    expect(() => readConfig({ ...env, REDIS_SHARDS: count })).toThrow(
      new ConfigError('REDIS_SHARDS must be a whole number from 1 to 64'),
    );
  });
});

describe('MONGODB_URI', () => {
  it.each(['UPPER SPACE', 'a.b', 'a%24b', 'x'.repeat(64)])('must name a valid database, not %j', (name) => {
    expect(() => checkUri(`mongodb://127.0.0.1/${name}`)).toThrow(ConfigError);
    expect(() => checkUri(`mongodb://127.0.0.1/${name}`)).toThrow(
      /^MONGODB_URI (names a database|is not a valid MongoDB address)/,
    );
  });

  it.each(['', '/', '/hubbub-1', '/h%C3%A9', `/${'x'.repeat(63)}`])('may name one, or none: %j', (path) => {
    expect(() => checkUri(`mongodb://one.example.com,two.example.com${path}`)).not.toThrow();
  });
});

describe('HUBBUB_JWT_SECRET', () => {
  it.each(['', 'a', 's'.repeat(31), '€'.repeat(10)])('must have at least 32 bytes, not as %j', (secret) => {
    expect(() => readConfig({ ...env, HUBBUB_JWT_SECRET: secret })).toThrow(
      new ConfigError('HUBBUB_JWT_SECRET must have at least 32 bytes: make one by "openssl rand -hex 32"'),
    );
  });

  it('may have 32 bytes or more', () => {
    for (const secret of ['s'.repeat(32), 's'.repeat(33), '€'.repeat(11)])
      expect(readConfig({ ...env, HUBBUB_JWT_SECRET: secret }).jwtSecret).toBe(secret);
  });
});
