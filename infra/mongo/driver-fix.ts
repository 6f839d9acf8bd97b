import { createRequire } from 'node:module';

/** The part of the driver's connections that is used here. */
interface DriverConnection {
  writeCommand(...args: unknown[]): Promise<void>;
  /** Closes the connection because of this error. */
  cleanup(error: Error): void;
  /** Rejects the last write, which has no effect if it has ended. A connection writes one command at a time. */
  rejectWrite?: (error: Error) => void;
}

/**
 * Makes an operation fail if its connection closes before its command is written. Without this the operation never ends, and
 * neither does the job or the request that waits for it.
 *
 * The driver (7.8.0, `Connection.writeCommand`) waits until the socket emits `drain` or `error`, but not until it closes. A
 * socket that was destroyed emits neither. That happens if an operation gets a pooled connection just after its server closed
 * it, and if a server stops reading and the socket then times out.
 */
function failWritesOfClosedConnections(): void {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = driver('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: DriverConnection };
  };
  const { writeCommand, cleanup } = Connection.prototype;
  if (typeof writeCommand !== 'function' || typeof cleanup !== 'function') {
    throw new Error(
      'this version of the MongoDB driver has other connections; check infra/mongo/driver-fix.ts',
    );
  }
  Connection.prototype.writeCommand = function (...args) {
    return new Promise((resolve, reject) => {
      this.rejectWrite = reject;
      writeCommand.apply(this, args).then(resolve, reject);
    });
  };
  Connection.prototype.cleanup = function (error) {
    cleanup.call(this, error);
    this.rejectWrite?.(error);
  };
}

failWritesOfClosedConnections();
