import { describe, expect, it } from 'vitest';
import { isTransient } from '../../../infra/transient-errors.ts';

/** Messages of Redis 7 and of ioredis 6, word for word. */
describe('a call may be retried after an error of Redis', () => {
  it.each([
    'CLUSTERDOWN The cluster is down',
    'CLUSTERDOWN Hash slot not served',
    'MOVED 3999 127.0.0.1:6381',
    'ASK 3999 127.0.0.1:6381',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to no.',
    'NOREPLICAS Not enough good replicas to write.',
    'UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)',
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    'Failed to refresh slots cache.',
    'None of startup nodes is available',
    'Too many Cluster redirections. Last error: ReplyError: MOVED 1 127.0.0.1:7000',
    "Cluster isn't ready and enableOfflineQueue options is false",
    'Cluster is ended.',
    'Cluster is disconnecting.',
    'All sentinels are unreachable. Retrying from scratch after 10ms.',
    'Command aborted due to connection close',
    'Connection is closed.',
    'Command timed out',
  ])('%s', (message) => {
    expect(isTransient(new Error(message))).toBe(true);
  });

  it.each([
    'CROSSSLOT Keys in request don’t hash to the same slot',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    "NOPERM this user has no permissions to run the 'info' command",
    'the actor MOVED the task',
    'ERR unknown command',
  ])('but not after: %s', (message) => {
    expect(isTransient(new Error(message))).toBe(false);
  });
});
