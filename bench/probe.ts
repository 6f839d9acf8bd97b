/**
 * Measures emit to receipt: from `log` on one client's socket to `feed:item` on another's. Either one sample at a time, or at a
 * fixed rate: then a sample is due at every interval, also while earlier ones are pending, so that a stall counts for every
 * sample that it delays.
 */
import type { Socket } from 'socket.io-client';
import type { ItemPush } from '../protocol/sockets.ts';
import { connect, type HubClient, trackAs } from './client.ts';
import { Latencies } from './latencies.ts';

/** Half of a user's default rate limit. */
const INTERVAL_MS = 40;
const RECEIPT_MS = 60_000;

/** A path from a sender to a receiver. */
export interface ReceiptPath {
  sender: Socket;
  receiver: Socket;
  /** The payload of sample `n`, which has `n` in `data.sample`. */
  payload(n: number): object;
}

/** A path through the hub. `name` distinguishes users and objects. */
export async function hubPath(hub: HubClient, name: string): Promise<ReceiptPath> {
  const object = `project:${name}`;
  await trackAs(hub, `${name}-receiver`, object);
  return {
    sender: await connect(hub.url, { token: await hub.token(`${name}-sender`, object) }),
    receiver: await connect(hub.url, { token: await hub.token(`${name}-receiver`, object) }),
    payload: (n) => ({ actor: `user:${name}-sender`, verb: 'closed', related: object, data: { sample: n } }),
  };
}

interface Sample {
  started: number;
  arrived(milliseconds: number): void;
}

export class Probe {
  readonly #path: ReceiptPath;
  readonly #intervalMs: number;
  readonly #pending = new Map<number, Sample>();
  #next = 0;
  /** Receipts that no sample waited for. */
  doubled = 0;
  /** Samples that the hub rejected. */
  refused = 0;
  /** Latencies until samples are accepted, before delivery. */
  acknowledged = new Latencies();

  constructor(path: ReceiptPath, intervalMs = INTERVAL_MS) {
    this.#path = path;
    this.#intervalMs = intervalMs;
    path.receiver.on('feed:item', ({ item }: ItemPush) => {
      const n = Number(item.action.data.sample);
      const sample = this.#pending.get(n);
      this.#pending.delete(n);
      if (sample === undefined) this.doubled += 1;
      sample?.arrived(performance.now() - sample.started);
    });
  }

  static async start(hub: HubClient, intervalMs = INTERVAL_MS): Promise<Probe> {
    return new Probe(await hubPath(hub, 'probe'), intervalMs);
  }

  /** Samples so far. */
  get count(): number {
    return this.#next;
  }

  /** Takes samples until `finished` resolves, then waits for pending ones. */
  async run(finished: Promise<unknown>): Promise<Latencies> {
    const latencies = new Latencies();
    this.acknowledged = new Latencies();
    const samples: Array<Promise<number | null>> = [];
    const timer = setInterval(() => samples.push(this.sample()), this.#intervalMs);
    try {
      await finished;
    } finally {
      clearInterval(timer);
    }
    for (const milliseconds of await Promise.all(samples))
      if (milliseconds !== null) latencies.add(milliseconds);
    return latencies;
  }

  /** Takes samples one at a time. */
  async runSerially(samples: number, latencies: Latencies): Promise<void> {
    for (let index = 0; index < samples; index += 1) {
      const milliseconds = await this.sample();
      if (milliseconds === null) throw new Error('a sample was rejected');
      latencies.add(milliseconds);
    }
  }

  close(): void {
    this.#path.sender.disconnect();
    this.#path.receiver.disconnect();
  }

  /** Returns milliseconds, or `null` if the hub rejected it. */
  sample(): Promise<number | null> {
    this.#next += 1;
    const n = this.#next;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`sample ${n} did not arrive within ${RECEIPT_MS / 1_000} s`)),
        RECEIPT_MS,
      );
      const done = (milliseconds: number | null) => {
        clearTimeout(timer);
        resolve(milliseconds);
      };
      const started = performance.now();
      this.#pending.set(n, { started, arrived: done });
      this.#path.sender.emit('log', this.#path.payload(n), (response: { ok: boolean }) => {
        this.acknowledged.add(performance.now() - started);
        if (response.ok) return;
        this.#pending.delete(n);
        this.refused += 1;
        done(null);
      });
    });
  }
}
