/**
 * Emit to receipt: from `log` on one client's socket to `feed:item` on another's, one action at a time. Blocks of the hub and
 * of the bare path alternate, so that other work of the machine affects both.
 */
import type { Socket } from 'socket.io-client';
import type { ItemPush } from '../../protocol/sockets.ts';
import type { Bench } from '../bench.ts';
import { startChild } from '../child.ts';
import { connect, trackAs } from '../client.ts';
import type { Figure } from '../figures.ts';
import { Latencies } from '../latencies.ts';
import { limits } from '../limits.ts';

const RECEIPT_MS = 30_000;

/** A path from a sender to a receiver. */
interface Path {
  sender: Socket;
  receiver: Socket;
  /** The payload of sample `n`. */
  payload(n: number): Record<string, unknown>;
}

function measureReceipt({ sender, receiver, payload }: Path, n: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      receiver.off('feed:item', onItem);
      reject(new Error(`sample ${n} did not arrive within ${RECEIPT_MS / 1_000} s`));
    }, RECEIPT_MS);
    const onItem = (push: ItemPush) => {
      if (push.item.action.data.sample !== n) return;
      const elapsed = performance.now() - started;
      clearTimeout(timer);
      receiver.off('feed:item', onItem);
      resolve(elapsed);
    };
    receiver.on('feed:item', onItem);
    const started = performance.now();
    sender.emit('log', payload(n), (response: { ok: boolean; error?: { message: string } }) => {
      if (response.ok) return;
      clearTimeout(timer);
      receiver.off('feed:item', onItem);
      reject(new Error(`sample ${n} was rejected: ${response.error?.message}`));
    });
  });
}

export async function latency({ hub, environment, sizes, progress }: Bench): Promise<Figure[]> {
  const bare = [
    await startChild('bare/path.ts', environment.env),
    await startChild('bare/path.ts', environment.env),
  ];
  const object = 'project:latency';
  await trackAs(hub, 'latency-receiver', object);
  const common = (n: number) => ({
    actor: 'user:latency-sender',
    verb: 'closed',
    related: object,
    data: { sample: n },
  });
  const paths: Record<'hub' | 'bare', Path> = {
    hub: {
      sender: await connect(hub.url, { token: await hub.token('latency-sender', object) }),
      receiver: await connect(hub.url, { token: await hub.token('latency-receiver', object) }),
      payload: common,
    },
    bare: {
      sender: await connect(bare[0]?.url ?? '', { user: 'sender' }),
      receiver: await connect(bare[1]?.url ?? '', { user: 'receiver' }),
      payload: (n) => ({ ...common(n), to: 'receiver' }),
    },
  };

  const found = { hub: new Latencies(), bare: new Latencies() };
  let n = 0;
  const block = async (path: 'hub' | 'bare', samples: number, keep: boolean) => {
    for (let index = 0; index < samples; index += 1) {
      n += 1;
      const elapsed = await measureReceipt(paths[path], n);
      if (keep) found[path].add(elapsed);
    }
  };
  try {
    await block('bare', sizes.warmUp, false);
    await block('hub', sizes.warmUp, false);
    while (found.hub.count < sizes.samples) {
      const samples = Math.min(sizes.block, sizes.samples - found.hub.count);
      await block('hub', samples, true);
      await block('bare', samples, true);
      progress(`latency: ${found.hub.count} of ${sizes.samples}`);
    }
  } finally {
    for (const { sender, receiver } of Object.values(paths)) {
      sender.disconnect();
      receiver.disconnect();
    }
    for (const child of bare) await child.stop();
  }

  return ([50, 99] as const).map((share) => ({
    name: `latency.p${share}`,
    title: `emit to receipt, p${share}`,
    unit: 'ms',
    hub: found.hub.percentile(share),
    bare: found.bare.percentile(share),
    ratio: found.hub.percentile(share) / found.bare.percentile(share),
    limit: limits[`latency.p${share}`],
  }));
}
