/**
 * Emit to receipt at a fixed pace, whatever else the hub does: a sample is due every so many milliseconds, also while
 * earlier ones are under way, so that a stall counts for every sample it delays.
 */
import type { Socket } from 'socket.io-client';
import type { ItemPush } from '../../protocol/sockets.ts';
import { connect, type HubClient, trackAs } from '../client.ts';
import { Latencies } from '../latencies.ts';

/** Half of what one user may log by default. */
const PACE_MS = 40;
const RECEIPT_MS = 60_000;
const OBJECT = 'project:probe';

interface Sample {
  started: number;
  arrived(milliseconds: number): void;
}

export class Probe {
  readonly #sender: Socket;
  readonly #receiver: Socket;
  readonly #open = new Map<number, Sample>();
  #next = 0;
  /** Samples that the hub refused. */
  refused = 0;
  /** Until samples are acknowledged: accepted, not delivered yet. */
  acknowledged = new Latencies();

  private constructor(sender: Socket, receiver: Socket) {
    this.#sender = sender;
    this.#receiver = receiver;
    receiver.on('feed:item', ({ item }: ItemPush) => {
      const n = Number(item.action.data.sample);
      const sample = this.#open.get(n);
      this.#open.delete(n);
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

  /** Takes samples until `until` resolves, then waits for those under way. */
  async run(until: Promise<unknown>): Promise<Latencies> {
    const found = new Latencies();
    this.acknowledged = new Latencies();
    const pending: Array<Promise<number | null>> = [];
    const timer = setInterval(() => pending.push(this.#sample()), PACE_MS);
    try {
      await until;
    } finally {
      clearInterval(timer);
    }
    for (const milliseconds of await Promise.all(pending)) if (milliseconds !== null) found.add(milliseconds);
    return found;
  }

  close(): void {
    this.#sender.disconnect();
    this.#receiver.disconnect();
  }

  /** `null` where the hub refused it. */
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
      this.#open.set(n, { started, arrived: done });
      const action = { actor: 'user:probe-sender', verb: 'closed', related: OBJECT, data: { sample: n } };
      this.#sender.emit('log', action, (answer: { ok: boolean }) => {
        this.acknowledged.add(performance.now() - started);
        if (answer.ok) return;
        this.#open.delete(n);
        this.refused += 1;
        done(null);
      });
    });
  }
}
