/** Makes gateways forget the displays of a space (decision 57). */
import type { RedisClient } from './connect.ts';
import { requestReplies, sendReply } from './replies.ts';
import type { Shards } from './shards.ts';

/** All gateways subscribe to this channel. No space has this name. */
export const ALL_GATEWAYS = '*';

/** Resolves when all gateways have forgotten them, at the latest after this time. */
export async function announceDisplays(
  redis: RedisClient,
  shards: Shards,
  space: string,
  timeoutMs: number,
): Promise<void> {
  await requestReplies(redis, shards, { space: ALL_GATEWAYS, timeoutMs }, (reply) => ({
    kind: 'displaysChanged',
    space,
    reply,
  }));
}

/** Call it when this gateway has forgotten them. */
export const confirmDisplays = (redis: RedisClient, shards: Shards, reply: string): Promise<void> =>
  sendReply(redis, shards, { space: ALL_GATEWAYS, reply }, '');
