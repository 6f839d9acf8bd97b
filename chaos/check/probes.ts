/**
 * Measures pauses all the time: actors of many lanes log one thing after the other, past the links of clients, and a user
 * with a socket at every gateway receives them.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import type { FeedPage } from '../../protocol/entities.ts';
import type { ItemPush } from '../../protocol/sockets.ts';
import type { Journal } from '../journal.ts';
import type { Random } from '../random.ts';
import { directUrl, type GatewayNode, type System } from '../system/system.ts';
import { serviceToken, userToken } from '../system/tokens.ts';
import type { Tally } from '../tally.ts';
import type { Pauses } from './pauses.ts';

export const PROBE_USER = 'probe';
const PROBES = 8;
const EVERY_MS = 1_500;
const ANSWER_MS = 3_000;
/** As long as the SDK waits: after a fault all clients ask at once. */
const LOOK_UP_MS = 10_000;
/** Entries of a page, and pages that may be looked through: more than there are probes in a run. */
const PAGE = 100;
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
  /** By the marker of what was accepted and not yet received: when it was accepted. */
  readonly #waiting = new Map<string, number>();
  /** Received before the answer to whoever logged it. */
  readonly #early = new Set<string>();
  readonly #sockets = new Map<GatewayNode, { socket: Socket; port: number }>();
  #isOn = false;
  #running: Promise<void>[] = [];
  #watch: ReturnType<typeof setInterval> | undefined;

  constructor(deps: ProbeDeps, random: Random) {
    this.#deps = deps;
    this.#random = random;
  }

  /** Milliseconds that the oldest accepted action waits now. */
  get oldest(): number {
    return Math.max(0, ...[...this.#waiting.values()].map((at) => Date.now() - at));
  }

  start(part: string): void {
    this.#isOn = true;
    this.#connect();
    this.#watch = setInterval(() => this.#connect(), RECONNECT_MS);
    this.#running = Array.from({ length: PROBES }, (_, index) => this.#probe(`probe-${index}`, part));
  }

  /** Sends no more. What still waits is received later. */
  async stop(): Promise<void> {
    this.#isOn = false;
    await Promise.all(this.#running);
  }

  /** Markers of what was accepted and never received. */
  close(): string[] {
    clearInterval(this.#watch);
    for (const { socket } of this.#sockets.values()) socket.disconnect();
    this.#sockets.clear();
    return [...this.#waiting.keys()];
  }

  /** A gateway listens on another port after each start. */
  #connect(): void {
    for (const gateway of this.#deps.system.gateways) {
      const { port } = gateway.process;
      const known = this.#sockets.get(gateway);
      if (port === 0 || known?.port === port) continue;
      known?.socket.disconnect();
      const socket = io(directUrl(gateway), {
        auth: (send) => void userToken(PROBE_USER).then((token) => send({ token })),
        forceNew: true,
        transports: ['websocket'],
        reconnectionDelay: RECONNECT_MS,
        reconnectionDelayMax: 2 * RECONNECT_MS,
        timeout: 2_000,
      });
      socket.on('feed:item', ({ item }: ItemPush) => this.#received(item.action.data.n));
      // What came while it was away is in the feed.
      socket.on('connect', () => void this.#lookUp(gateway));
      socket.on('feed:stale', () => void this.#lookUp(gateway));
      socket.on('feed:reset', () => void this.#lookUp(gateway));
      this.#sockets.set(gateway, { socket, port });
    }
  }

  /** Until it is answered, or the gateway has gone: what was missed is not pushed again. */
  async #lookUp(gateway: GatewayNode): Promise<void> {
    const { port } = gateway.process;
    const since = Date.now();
    let cursor: string | null = null;
    for (let pages = 0; pages < MAX_PAGES && this.#sockets.get(gateway)?.port === port; ) {
      const page = await this.#page(gateway, cursor);
      if (page) {
        for (const item of page.items) this.#received(item.action.data.n);
        cursor = page.nextCursor;
        pages += 1;
        // It took a while, clocks jump: what waits may be far down.
        if (cursor === null || ![...this.#waiting.values()].some((at) => at < since)) return;
      } else {
        await sleep(RECONNECT_MS);
      }
    }
  }

  async #page(gateway: GatewayNode, cursor: string | null): Promise<FeedPage | null> {
    const query = new URLSearchParams({ limit: String(PAGE), ...(cursor !== null && { cursor }) });
    try {
      const token = await userToken(PROBE_USER);
      const response = await fetch(`${directUrl(gateway)}/v1/users/${PROBE_USER}/feed?${query}`, {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(LOOK_UP_MS),
      });
      return response.ok ? ((await response.json()) as FeedPage) : null;
    } catch {
      return null;
    }
  }

  #received(markers: unknown): void {
    const marker = Array.isArray(markers) ? String(markers[0]) : '';
    const acceptedAt = this.#waiting.get(marker);
    if (acceptedAt === undefined) {
      this.#early.add(marker);
      return;
    }
    this.#waiting.delete(marker);
    this.#deps.pauses.delivered(acceptedAt, Date.now());
  }

  async #probe(actor: string, part: string): Promise<void> {
    const token = await serviceToken();
    for (let count = 1; this.#isOn; count += 1) {
      await sleep(this.#random.int(EVERY_MS / 2, EVERY_MS * 1.5));
      const marker = `${actor}.${part}.${count}`;
      const sentAt = Date.now();
      const ids = await this.#log(actor, marker, token);
      if (!ids) continue;
      const answeredAt = Date.now();
      this.#deps.tally.accepted += 1;
      if (!this.#early.delete(marker)) this.#waiting.set(marker, answeredAt);
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

  /** Repeated until it is answered, or until the load ends with every gateway away. */
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
            signal: AbortSignal.timeout(ANSWER_MS),
          },
        );
        const answer = (await response.json()) as { ids?: string[]; code?: string };
        if (response.ok && answer.ids) return answer.ids;
        this.#deps.tally.refuse(answer.code ?? 'unknown');
        if (response.status < 429) {
          this.#deps.tally.unexpected.push(`probe ${marker}: ${JSON.stringify(answer)}`);
          return null;
        }
      } catch {
        this.#deps.tally.unanswered += 1;
      }
      await sleep(100);
    }
  }
}
