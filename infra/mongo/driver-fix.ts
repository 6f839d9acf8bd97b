import { createRequire } from 'node:module';

/** The part of the driver's connections that is used here. */
interface DriverConnection {
  closed: boolean;
  socket: NodeJS.EventEmitter;
  cleanup(error: Error): void;
}

/**
 * Makes an operation fail if its connection closes before its command is written. Without this the operation never ends, and
 * neither does the job or the request that waits for it.
 *
 * The driver (7.8.0, `Connection.writeCommand`) waits until the socket emits `drain` or `error`, but not until it closes. A
 * socket that was destroyed emits neither. That happens if an operation gets a pooled connection just after its server closed
 * it, and if a server stops reading and the socket then times out. `Connection.cleanup` runs whenever a connection closes.
 */
function failWritesOfClosedConnections(): void {
  const driver = createRequire(createRequire(import.meta.url).resolve('mongoose'));
  const { Connection } = driver('mongodb/lib/cmap/connection.js') as {
    Connection: { prototype: DriverConnection };
  };
  const { cleanup } = Connection.prototype;
  Connection.prototype.cleanup = function (error) {
    const wasClosed = this.closed;
    cleanup.call(this, error);
    // The connection's own listener ignores it, because it is closed now.
    if (!wasClosed) this.socket.emit('error', error);
  };
}

failWritesOfClosedConnections();
