/** Ports of this machine, by default of 127.0.0.1. */
import { connect, createServer } from 'node:net';
import type { Log } from './log.ts';

export const HOST = '127.0.0.1';

/** Returns the port if it is free; 0 means any free port. Without a host: on all addresses. */
export function tryPort(port: number, host?: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const address = server.address();
      const assigned = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(assigned));
    });
  });
}

export async function choosePort(preferred: number, label: string, log: Log): Promise<number> {
  const port = await tryPort(preferred, HOST);
  if (port) return port;
  const other = await tryPort(0, HOST);
  if (!other) throw new Error('no free port on 127.0.0.1');
  log(`Port ${preferred} is in use: using ${other} for ${label} this time.`);
  return other;
}

/** Whether a process listens at the port. */
export function isListening(port: number, host = HOST): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const finish = (listening: boolean) => {
      socket.destroy();
      resolve(listening);
    };
    socket.once('connect', () => finish(true));
    socket.once('error', () => finish(false));
  });
}
