import { Cluster, type ClusterNode } from 'ioredis';

/** The message of ioredis. */
const TIMED_OUT = 'Command timed out';

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

  /** Decides whether a failed command is sent again. `ttl` holds how often it still may be. */
  override handleError(...parameters: Parameters<Cluster['handleError']>): void {
    const [error, ttl] = parameters;
    super.handleError(...parameters);
    if (error.message === TIMED_OUT) ttl.value = 0;
  }
}
