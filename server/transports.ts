import type { Config } from '../config/config.ts';
import type { Logger } from '../infra/log.ts';
import type { Metrics } from '../infra/metrics.ts';
import type { Authenticator } from './auth/authenticator.ts';
import type { SpaceSubscriptions } from './completion-waiter.ts';
import type { WatchManager } from './delivery/watch-manager.ts';
import type { GracefulShutdown } from './graceful-shutdown.ts';
import type { Admission } from './limits/admission.ts';
import type { IncompleteInput } from './limits/byte-budget.ts';
import type { ConnectionLimiter } from './limits/connection-limiter.ts';
import type { PayloadBudget } from './limits/payload-budget.ts';
import type { Services } from './services.ts';
import type { Outboxes } from './sockets/outbox.ts';

/** What both transports need, HTTP and sockets. */
export interface TransportDeps {
  config: Config;
  authenticator: Authenticator;
  admission: Admission;
  connectionLimiter: ConnectionLimiter;
  shutdown: GracefulShutdown;
  incompleteInput: IncompleteInput;
  payloadBudget: PayloadBudget;
  services: Services;
  metrics: Metrics;
  log: Logger;
}

export interface SocketDeps extends TransportDeps {
  outboxes: Outboxes;
  watchManager: WatchManager;
  subscriptions: SpaceSubscriptions;
}
