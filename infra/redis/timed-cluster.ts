import { Cluster, type ClusterNode } from 'ioredis';

export type ClusterOptions = NonNullable<ConstructorParameters<typeof Cluster<'legacy'>>[1]>;

/**
 * A cluster's client that limits the time of each command. `commandTimeout` of ioredis begins only when a command reaches a node.
 * Before that, commands wait without limit while no node is available.
 */
export class TimedCluster extends Cluster {
  readonly #timeoutMs: number;

  constructor(nodes: ClusterNode[], options: ClusterOptions, timeoutMs: number) {
    // Before the constructor returns, it would send commands without the limit.
    super(nodes, { ...options, lazyConnect: true });
    this.#timeoutMs = timeoutMs;
    this.connect().catch(() => undefined);
  }

  override sendCommand(...parameters: Parameters<Cluster['sendCommand']>): unknown {
    const [command] = parameters;
    // It waited until it timed out.
    if (command.isSettled) return command.promise;
    command.setTimeout(this.#timeoutMs);
    return super.sendCommand(...parameters);
  }
}
