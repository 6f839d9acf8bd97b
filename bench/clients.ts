/** A process with thousands of connections, as the sections use it. */
import { setTimeout as delay } from 'node:timers/promises';
import { type Child, startChild } from './child.ts';
import type { ClientSettings } from './load/clients.ts';
import { faultOf } from './tally.ts';

const OPEN_MS = 120_000;
const RECEIPTS_MS = 60_000;
/** Doubled receipts arrive within this time after the first ones. */
const SETTLE_MS = 300;

export interface Receipts {
  /** Milliseconds until the last connection had its receipt. */
  milliseconds: number;
  fault: string | undefined;
  /** The argument of one of the received events, as JSON. */
  sample: string | null;
}

export class Clients {
  readonly #child: Child;
  #size = 0;

  private constructor(child: Child) {
    this.#child = child;
  }

  static async start(settings: ClientSettings): Promise<Clients> {
    return new Clients(await startChild('load/clients.ts', { BENCH_CLIENTS: JSON.stringify(settings) }));
  }

  /** Opens connections until there are this many. Returns the seconds. */
  async open(count: number): Promise<number> {
    this.#size = count;
    return (await this.#child.request({ kind: 'open', count }, 'opened', OPEN_MS)).seconds;
  }

  async close(): Promise<void> {
    await this.#child.request({ kind: 'close' }, 'closed', OPEN_MS);
  }

  /** Remembers a position of each feed and disconnects. */
  async disconnect(): Promise<void> {
    await this.#child.request({ kind: 'disconnect' }, 'closed', OPEN_MS);
  }

  /** Publishes, and waits until every connection has received one `feed:item` that contains the text. */
  async receive(text: string, publish: () => Promise<unknown>): Promise<Receipts> {
    await this.#child.request({ kind: 'expect', text }, 'expecting', RECEIPTS_MS);
    const started = performance.now();
    const publishing = publish();
    await this.#awaitReceipts(RECEIPTS_MS);
    const milliseconds = performance.now() - started;
    await publishing;
    await delay(SETTLE_MS);
    const { sample, ...received } = await this.#awaitReceipts(0);
    return { milliseconds, fault: faultOf('receipts', this.#size, received), sample };
  }

  /** Everyone reconnects at once and requests missed changes. */
  async catchUp(text: string): Promise<{ seconds: number; fault: string | undefined; repeated: number }> {
    const { seconds, distinct, repeated } = await this.#child.request(
      { kind: 'catch-up', text },
      'caught-up',
      OPEN_MS,
    );
    return { seconds, repeated, fault: faultOf('clients with the missed change', this.#size, { distinct }) };
  }

  async stop(): Promise<void> {
    await this.#child.stop();
  }

  #awaitReceipts(milliseconds: number) {
    return this.#child.request({ kind: 'await-receipts', milliseconds }, 'received', milliseconds + OPEN_MS);
  }
}
