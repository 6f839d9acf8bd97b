/**
 * Measures pauses throughout the run. Actors of many partitions log one action after the other, past the faulty client
 * links; a user with a socket at every gateway receives them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { FeedPage } from '../../protocol/entities.ts';
import type { ItemPush } from '../../protocol/sockets.ts';
import type { Journal } from '../journal.ts';
import { stayConnected } from '../load/stay-connected.ts';
import type { Random } from '../random.ts';
import { directUrl, type GatewayNode, type System } from '../system/system.ts';
import { serviceToken, userToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import type { Pauses } from './pauses.ts';

export const PROBE_USER = 'probe';
const PROBES = 8;
const INTERVAL_MS = 1_500;
const RESPONSE_TIMEOUT_MS = 3_000;
/** The timeout of the SDK: after a fault all clients send requests at once. */
const CATCH_UP_TIMEOUT_MS = 10_000;
/** Items of a page, and the limit of pages to read: more than there are probes in a run. */
const PAGE_SIZE = 100;
const MAX_PAGES = 100;
const RECONNECT_MS = 100;

export interface ProbeDeps {
  system: System;
  journal: Journal;
  tally: Tally;
  pauses: Pauses;
}

export class Probes {
  readonly #deps: ProbeDeps;
  readonly #random: Random;
  /** Times of acceptance of actions that were not received yet, by marker. */
  readonly #undelivered = new Map<string, number>();
  /** Markers that were received before the response to their `log` request. */
  readonly #receivedEarly = new Set<string>();
  readonly #sockets = new Map<GatewayNode, { disconnect: () => void; port: number }>();
  #isRunning = false;
  #running: Promise<void>[] = [];
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(deps: ProbeDeps, random: Random) {
    this.#deps = deps;
    this.#random = random;
  }

  /** How long the oldest accepted action has been waiting. */
  get oldestWaitMs(): number {
    return Math.max(0, ...[...this.#undelivered.values()].map((at) => Date.now() - at));
  }

  start(phase: string): void {
    this.#isRunning = true;
    this.#connect();
    this.#watch = setInterval(() => this.#connect(), RECONNECT_MS);
    this.#running = Array.from({ length: PROBES }, (_, index) => this.#probe(`probe-${index}`, phase));
  }

  /** Stops sending. Pending actions are still received. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    await Promise.all(this.#running);
  }

  /** Returns the markers of actions that were accepted and never received. */
  close(): string[] {
    clearInterval(this.#watch);
    for (const { disconnect } of this.#sockets.values()) disconnect();
    this.#sockets.clear();
    return [...this.#undelivered.keys()];
  }

  /** A gateway listens on another port after each start. */
  #connect(): void {
    for (const gateway of this.#deps.system.gateways) {
      const { port } = gateway.process;
      const existing = this.#sockets.get(gateway);
      if (port === 0 || existing?.port === port) continue;
      existing?.disconnect();
      const socket = io(directUrl(gateway), {
        auth: (send) => void userToken(PROBE_USER).then((token) => send({ token })),
        forceNew: true,
        transports: ['websocket'],
        reconnectionDelay: RECONNECT_MS,
        reconnectionDelayMax: 2 * RECONNECT_MS,
        timeout: 2_000,
      });
      socket.on('feed:item', ({ item }: ItemPush) => this.#received(item.action.data.n));
      // Pushes during the disconnection are missed; the items are in the feed.
      socket.on('connect', () => void this.#catchUp(gateway));
      socket.on('feed:stale', () => void this.#catchUp(gateway));
      socket.on('feed:reset', () => void this.#catchUp(gateway));
      this.#sockets.set(gateway, { disconnect: stayConnected(socket, RECONNECT_MS), port });
    }
  }

  /** Reads the feed until it succeeds or the gateway has restarted: missed pushes are not repeated. */
  async #catchUp(gateway: GatewayNode): Promise<void> {
    const { port } = gateway.process;
    const startedAt = Date.now();
    let cursor: string | null = null;
    for (let pages = 0; pages < MAX_PAGES && this.#sockets.get(gateway)?.port === port; ) {
      const page = await this.#readPage(gateway, cursor);
      if (page) {
        for (const item of page.items) this.#received(item.action.data.n);
        cursor = page.nextCursor;
        pages += 1;
        // Requests take a while and clocks jump: an undelivered action may be far down in the feed.
        if (cursor === null || ![...this.#undelivered.values()].some((at) => at < startedAt)) return;
      } else {
        await sleep(RECONNECT_MS);
      }
    }
  }

  async #readPage(gateway: GatewayNode, cursor: string | null): Promise<FeedPage | null> {
    const query = new URLSearchParams({ limit: String(PAGE_SIZE), ...(cursor !== null && { cursor }) });
    try {
      const token = await userToken(PROBE_USER);
      const response = await fetch(`${directUrl(gateway)}/v1/users/${PROBE_USER}/feed?${query}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(CATCH_UP_TIMEOUT_MS),
      });
      return response.ok ? ((await response.json()) as FeedPage) : null;
    } catch {
      return null;
    }
  }

  #received(markers: unknown): void {
    const marker = Array.isArray(markers) ? String(markers[0]) : '';
    const acceptedAt = this.#undelivered.get(marker);
    if (acceptedAt === undefined) {
      this.#receivedEarly.add(marker);
      return;
    }
    this.#undelivered.delete(marker);
    this.#deps.pauses.recordDelivery(acceptedAt, Date.now());
  }

  async #probe(actor: string, phase: string): Promise<void> {
    const token = await serviceToken();
    for (let count = 1; this.#isRunning; count += 1) {
      await sleep(this.#random.int(INTERVAL_MS / 2, INTERVAL_MS * 1.5));
      const marker = `${actor}.${phase}.${count}`;
      const sentAt = Date.now();
      const ids = await this.#log(actor, marker, token);
      if (!ids) continue;
      const answeredAt = Date.now();
      this.#deps.tally.accepted += 1;
      if (!this.#receivedEarly.delete(marker)) this.#undelivered.set(marker, answeredAt);
      const input = {
        marker,
        verb: 'posted',
        targets: [],
        related: [],
        notify: [PROBE_USER],
        timestamp: null,
      };
      this.#deps.journal.ofActor(actor).push({ kind: 'log', inputs: [input], ids, sentAt, answeredAt });
    }
  }

  /** Retries until there is a response, or until the load ends with every gateway unavailable. */
  async #log(actor: string, marker: string, token: string): Promise<string[] | null> {
    const body = {
      actor: { type: 'user', id: actor },
      verb: 'posted',
      notify: [PROBE_USER],
      data: { n: [marker] },
      key: marker,
    };
    for (;;) {
      try {
        const response = await fetch(
          `${directUrl(this.#random.pick(this.#deps.system.gateways))}/v1/actions`,
          {
            method: 'POST',
            headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
            body: JSON.stringify(body),
            signal: AbortSignal.timeout(RESPONSE_TIMEOUT_MS),
          },
        );
        const result = (await response.json()) as { ids?: string[]; code?: string };
        if (response.ok && result.ids) return result.ids;
        this.#deps.tally.countRefusal(result.code ?? 'unknown');
        if (response.status < 429) {
          this.#deps.tally.unexpected.push(`probe ${marker}: ${JSON.stringify(result)}`);
          return null;
        }
      } catch {
        this.#deps.tally.unanswered += 1;
      }
      await sleep(100);
    }
  }
}
