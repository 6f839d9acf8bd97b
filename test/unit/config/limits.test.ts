/** The settings of limits for peers: their defaults, and the values refused at start. */
import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../../config/config.ts';

const env = {
  MONGODB_URI: 'mongodb://127.0.0.1:27017/hubbub',
  REDIS_URL: 'redis://127.0.0.1:6379',
  HUBBUB_JWT_SECRET: 'a secret that only these tests know',
};
const boundsWith = (settings: Record<string, string>) => readConfig({ ...env, ...settings }).limits;

it('every limit has its documented default', () => {
  expect(boundsWith({})).toEqual({
    rate: { log: 50, call: 200 },
    rateService: null,
    failuresPerMinute: 30,
    backlog: { actions: 200_000, bytes: 536_870_912, share: 0.5 },
    connectionsPerUser: 50,
    connectionsPerAddress: 100,
    trackersPerUser: 10_000,
    trustedProxies: 0,
    linkOrigins: [],
  });
});

describe('HUBBUB_RATE_LIMIT', () => {
  it('changes the kinds it names', () => {
    expect(boundsWith({ HUBBUB_RATE_LIMIT: 'call=20/s' }).rate).toEqual({ log: 50, call: 20 });
    expect(boundsWith({ HUBBUB_RATE_LIMIT: ' log=0.5/s , call=1/s' }).rate).toEqual({ log: 0.5, call: 1 });
    expect(boundsWith({ HUBBUB_RATE_LIMIT_SERVICE: 'log=500/s' }).rateService).toEqual({
      log: 500,
      call: 200,
    });
  });

  it.each(['', 'log', 'log=0/s', 'log=-1/s', 'log=5/m', 'other=5/s', 'log=5/s, log=6/s', 'log=5/s,'])(
    'refuses %j',
    (text) => {
      expect(() => boundsWith({ HUBBUB_RATE_LIMIT: text })).toThrow(
        new ConfigError('HUBBUB_RATE_LIMIT must be rates such as "log=50/s, call=200/s", each above 0'),
      );
    },
  );
});

it.each([
  ['HUBBUB_MAX_BACKLOG', '0'],
  ['HUBBUB_MAX_BACKLOG', 'many'],
  ['HUBBUB_MAX_BACKLOG_BYTES', '1000'],
  ['HUBBUB_MAX_BACKLOG_SPACE', '0'],
  ['HUBBUB_MAX_BACKLOG_SPACE', '1.5'],
  ['HUBBUB_MAX_CONNECTIONS_USER', '-1'],
  ['HUBBUB_TRUST_PROXY', 'true'],
  ['HUBBUB_LINK_ORIGINS', 'app.example.com'],
  ['HUBBUB_LINK_ORIGINS', 'https://app.example.com/path'],
])('%s must not have the value %j', (name, value) => {
  expect(() => boundsWith({ [name]: value })).toThrow(ConfigError);
  expect(() => boundsWith({ [name]: value })).toThrow(new RegExp(`^${name} must be`));
});
