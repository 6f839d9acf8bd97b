/**
 * Requests to all gateways, as messages on the bus. Each gateway appends one reply to a list, which expires.
 *
 *     requester  publishes the request, which returns the number of gateways · polls the list
 *     gateways                                      each appends its reply
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { BusMessage } from '../../core/ports/bus.ts';
import { publish } from './bus.ts';
import type { RedisClient } from './connect.ts';
import type { Shards } from './shards.ts';

/** Delay before each poll, doubled up to the longest. */
const FIRST_POLL_MS = 1;
const LONGEST_POLL_MS = 64;
/** Replies that come too late expire. */
const REPLY_TTL_S = 5;
const MAX_REPLIES = 1_000;

interface RequestOptions {
  /** The channel of a space. */
  space: string;
  /** Replies are not awaited for longer. */
  timeoutMs: number;
}

/** Returns the replies. There may be fewer than gateways after the timeout. */
export async function requestReplies(
  redis: RedisClient,
  shards: Shards,
  { space, timeoutMs }: RequestOptions,
  request: (reply: string) => BusMessage,
): Promise<string[]> {
  const reply = randomUUID();
  const key = shards.of(space).repliesKey(space, reply);
  const replies: string[] = [];
  const receivers = await publish(redis, shards, space, JSON.stringify(request(reply)));
  // A command that blocks would need a connection of its own.
  let pause = FIRST_POLL_MS;
  for (let waitedMs = 0; replies.length < receivers && waitedMs < timeoutMs; waitedMs += pause) {
    pause = waitedMs === 0 ? FIRST_POLL_MS : Math.min(pause * 2, LONGEST_POLL_MS);
    await delay(pause);
    replies.push(...((await redis.lpop(key, MAX_REPLIES)) ?? []));
  }
  return replies;
}

/** The gateway's side. Every gateway replies, because the requester counts replies. */
export async function sendReply(
  redis: RedisClient,
  shards: Shards,
  { space, reply }: { space: string; reply: string },
  content: string,
): Promise<void> {
  const key = shards.of(space).repliesKey(space, reply);
  await redis.multi().rpush(key, content).expire(key, REPLY_TTL_S).exec();
}
