/**
 * Measures emit to receipt at a fixed rate. A sample is due at every interval, also while earlier ones are pending, so that a
 * stall counts for every sample that it delays.
 */
import type { Socket } from 'socket.io-client';
import type { ItemPush } from '../../protocol/sockets.ts';
import { connect, type HubClient, trackAs } from '../client.ts';
import { Latencies } from '../latencies.ts';

/** Half of a user's default rate limit. */
const INTERVAL_MS = 40;
const RECEIPT_MS = 60_000;
const OBJECT = 'project:probe';

interface Sample {
  started: number;
  arrived(milliseconds: number): void;
}

export class Probe {
  readonly #sender: Socket;
  readonly #receiver: Socket;
  readonly #pending = new Map<number, Sample>();
  #next = 0;
  /** Samples that the hub rejected. */
  refused = 0;
  /** Latencies until samples are accepted, before delivery. */
  acknowledged = new Latencies();

  private constructor(sender: Socket, receiver: Socket) {
    this.#sender = sender;
    this.#receiver = receiver;
    receiver.on('feed:item', ({ item }: ItemPush) => {
      const n = Number(item.action.data.sample);
      const sample = this.#pending.get(n);
      this.#pending.delete(n);
      sample?.arrived(performance.now() - sample.started);
    });
  }

  static async start(hub: HubClient): Promise<Probe> {
    await trackAs(hub, 'probe-receiver', OBJECT);
    return new Probe(
      await connect(hub.url, { token: await hub.token('probe-sender', OBJECT) }),
      await connect(hub.url, { token: await hub.token('probe-receiver', OBJECT) }),
    );
  }

  /** Takes samples until `until` resolves, then waits for pending ones. */
  async run(finished: Promise<unknown>): Promise<Latencies> {
    const latencies = new Latencies();
    this.acknowledged = new Latencies();
    const samples: Array<Promise<number | null>> = [];
    const timer = setInterval(() => samples.push(this.#sample()), INTERVAL_MS);
    try {
      await finished;
    } finally {
      clearInterval(timer);
    }
    for (const milliseconds of await Promise.all(samples))
      if (milliseconds !== null) latencies.add(milliseconds);
    return latencies;
  }

  close(): void {
    this.#sender.disconnect();
    this.#receiver.disconnect();
  }

  /** Returns `null` if the hub rejected it. */
  #sample(): Promise<number | null> {
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
      const action = { actor: 'user:probe-sender', verb: 'closed', related: OBJECT, data: { sample: n } };
      this.#sender.emit('log', action, (response: { ok: boolean }) => {
        this.acknowledged.add(performance.now() - started);
        if (response.ok) return;
        this.#pending.delete(n);
        this.refused += 1;
        done(null);
      });
    });
  }
}
