/**
 * The subscribed channels of a cluster. A message on a sharded channel reaches only the node that serves the channel's slot, so
 * this class keeps one connection to each node that serves subscribed channels.
 *
 * A subscription ends if its connection is lost, if its slot moves to another node (the old node then unsubscribes the channel, and
 * sends `sunsubscribe`), or if a replica takes over. In each case messages may be missed. The channels of the slot are subscribed
 * again, at the node that serves it then, and `onGap` follows. So no message is lost without a gap.
 *
 * A slot is **open** while all its channels are subscribed. Otherwise it is **subscribing**, until all of them are, any number of
 * times:
 *
 *     open ── new channel ──────────────▶ subscribing ──▶ open
 *     open ── lost, moved, taken over ──▶ subscribing ──▶ open, onGap
 */
import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, Command, Redis } from 'ioredis';
import { asError } from '../../core/errors.ts';
import type { Logger } from '../log.ts';
import { exitWithConfigError } from '../process.ts';
import { BATCH_SIZE, type ChannelListener, type Channels } from './channels.ts';

/** Pause before the next attempt to subscribe. */
const RETRY_MS = 100;

/** A connection to a node. The client's own connections cannot subscribe. */
interface Node {
  /** `host:port`, as the cluster announces it. */
  key: string;
  redis: Redis;
}

/** A new object for each subscription, so that the response to an earlier one does not confirm it. */
interface Subscription {
  isConfirmed: boolean;
}

class Slot {
  readonly channels = new Map<string, Subscription>();
  /** Where the confirmed channels are subscribed. */
  node: Node | null = null;
  hadGap = false;
  subscribing: Promise<void> | null = null;

  unconfirmed(): Array<[channel: string, subscription: Subscription]> {
    return [...this.channels].filter(([, { isConfirmed }]) => !isConfirmed);
  }
}

export class ShardedChannels implements Channels {
  readonly #cluster: Cluster;
  readonly #listener: ChannelListener;
  readonly #log: Logger;
  readonly #slots = new Map<number, Slot>();
  readonly #nodes = new Map<string, Node>();
  /** Nodes of slots, where a node said so later than the cluster's client knew. */
  readonly #redirects = new Map<number, string>();
  readonly #onRefresh = () => this.#followSlots();
  /** Slots that could not be subscribed at the last attempt. Only the first of them is logged. */
  readonly #failing = new Set<number>();
  #isClosed = false;

  constructor(cluster: Cluster, listener: ChannelListener, log: Logger) {
    this.#cluster = cluster;
    this.#listener = listener;
    this.#log = log;
    cluster.on('refresh', this.#onRefresh);
  }

  async subscribe(channel: string): Promise<void> {
    const number = slotOf(channel);
    const slot = this.#slots.get(number) ?? new Slot();
    this.#slots.set(number, slot);
    const subscription = slot.channels.get(channel) ?? { isConfirmed: false };
    slot.channels.set(channel, subscription);
    if (!subscription.isConfirmed) await this.#openSlot(number, slot);
    if (this.#isClosed) throw new Error('Connection is closed.');
  }

  unsubscribe(channel: string): void {
    const number = slotOf(channel);
    const slot = this.#slots.get(number);
    if (!slot?.channels.delete(channel)) return;
    // A connection executes commands in order, so a later subscribe takes effect after this.
    slot.node?.redis.sunsubscribe(channel).catch(() => undefined);
    if (slot.channels.size > 0) return;
    this.#slots.delete(number);
    this.#redirects.delete(number);
    slot.node = null;
    this.#closeUnusedNodes();
  }

  isOpen(channel: string): boolean {
    const slot = this.#slots.get(slotOf(channel));
    return slot?.subscribing === null && slot.channels.get(channel)?.isConfirmed === true;
  }

  close(): void {
    this.#isClosed = true;
    this.#cluster.off('refresh', this.#onRefresh);
    this.#slots.clear();
    this.#closeUnusedNodes();
  }

  /** Resolves when the slot is open. */
  #openSlot(number: number, slot: Slot): Promise<void> {
    slot.subscribing ??= this.#subscribeAll(number, slot);
    return slot.subscribing;
  }

  async #subscribeAll(number: number, slot: Slot): Promise<void> {
    try {
      for (;;) {
        // Callers may subscribe several channels in a row.
        await Promise.resolve();
        const isAbandoned = this.#isClosed || this.#slots.get(number) !== slot;
        const batch = slot.unconfirmed().slice(0, BATCH_SIZE);
        if (isAbandoned || batch.length === 0) break;
        try {
          await this.#subscribeBatch(number, slot, batch);
        } catch (error) {
          await this.#recover(number, asError(error));
        }
      }
    } finally {
      // Before anything else runs: a channel that is added from now on needs another call.
      slot.subscribing = null;
    }
    this.#failing.delete(number);
    const { hadGap } = slot;
    slot.hadGap = false;
    if (hadGap && !this.#isClosed) this.#listener.onGap();
  }

  async #subscribeBatch(
    number: number,
    slot: Slot,
    batch: ReadonlyArray<[channel: string, subscription: Subscription]>,
  ): Promise<void> {
    const node = this.#nodeOf(number);
    if (!node) throw new Error(`no node serves slot ${number}`);
    slot.node = node;
    await node.redis.ssubscribe(...batch.map(([channel]) => channel));
    // Otherwise the connection was lost, or the slot moved, after the response.
    if (slot.node !== node) return;
    for (const [, subscription] of batch) subscription.isConfirmed = true;
  }

  async #recover(number: number, error: Error): Promise<void> {
    if (this.#isClosed) return;
    const [, address] = /^MOVED \d+ (\S+:\d+)$/.exec(error.message) ?? [];
    // Nodes that disagree about a slot would redirect without end.
    if (address !== undefined && !this.#redirects.has(number)) {
      this.#redirects.set(number, address);
      return;
    }
    if (/unknown command/i.test(error.message)) {
      exitWithConfigError(
        'REDIS_URL names a cluster of an older Redis than 7, which has no sharded channels',
      );
    }
    if (this.#failing.size === 0) this.#log.warn({ err: error }, 'cannot subscribe; retrying');
    this.#failing.add(number);
    this.#redirects.delete(number);
    await delay(RETRY_MS);
    if (!this.#isClosed) this.#cluster.refreshSlotsCache();
  }

  #nodeOf(number: number): Node | null {
    const key = this.#redirects.get(number) ?? this.#cluster.slots[number]?.[0];
    if (key === undefined) return null;
    const known = this.#nodes.get(key);
    if (known) return known;
    const node = { key, redis: this.#connect(key) };
    this.#nodes.set(key, node);
    node.redis.on('smessage', (channel: string, text: string) => this.#listener.onMessage(channel, text));
    node.redis.on('end', () => {
      if (this.#nodes.get(key) === node) this.#nodes.delete(key);
      this.#lose(node);
    });
    // ioredis: the node sent `sunsubscribe` on its own, or rejected a subscription.
    node.redis.on('moved', () => this.#lose(node));
    return node;
  }

  #connect(key: string): Redis {
    const colon = key.lastIndexOf(':');
    const redis = new Redis({
      ...this.#cluster.options.redisOptions,
      host: key.slice(0, colon),
      port: Number(key.slice(colon + 1)),
      autoResubscribe: false,
      // A command fails with its connection. Then the slot may have moved.
      retryStrategy: () => null,
      maxRetriesPerRequest: 0,
    });
    // Commands fail as well.
    redis.on('error', () => undefined);
    return redis;
  }

  /** Any channel of this node may not be subscribed any more. */
  #lose(node: Node): void {
    for (const [number, slot] of this.#slots) if (slot.node === node) this.#reopen(number, slot);
  }

  #reopen(number: number, slot: Slot): void {
    slot.node = null;
    for (const subscription of slot.channels.values()) {
      if (subscription.isConfirmed) slot.hadGap = true;
      subscription.isConfirmed = false;
    }
    void this.#openSlot(number, slot);
  }

  /** The cluster's client has read which node serves which slot. */
  #followSlots(): void {
    this.#redirects.clear();
    for (const [number, slot] of this.#slots) {
      const key = this.#cluster.slots[number]?.[0];
      if (key === undefined || slot.node === null || slot.node.key === key) continue;
      slot.node.redis.sunsubscribe(...slot.channels.keys()).catch(() => undefined);
      this.#reopen(number, slot);
    }
    this.#closeUnusedNodes();
  }

  #closeUnusedNodes(): void {
    const used = new Set([...this.#slots.values()].map(({ node }) => node));
    for (const [key, node] of this.#nodes) {
      if (used.has(node)) continue;
      this.#nodes.delete(key);
      node.redis.disconnect();
    }
  }
}

const slotOf = (channel: string): number => new Command('ssubscribe', [channel]).getSlot();
