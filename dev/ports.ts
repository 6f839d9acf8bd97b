/** Ports of this machine, where nothing else is said of 127.0.0.1. */
import { connect, createServer } from 'node:net';
import type { Log } from './log.ts';

export const HOST = '127.0.0.1';

/** The port if it is free; 0 asks for any. Without a host: on all addresses. */
export function tryPort(port: number, host?: string): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen(port, host, () => {
      const address = server.address();
      const got = typeof address === 'object' && address ? address.port : port;
      server.close(() => resolve(got));
    });
  });
}

export async function choosePort(preferred: number, what: string, log: Log): Promise<number> {
  const port = await tryPort(preferred, HOST);
  if (port) return port;
  const other = await tryPort(0, HOST);
  if (!other) throw new Error('no free port on 127.0.0.1');
  log(`Port ${preferred} is in use: ${what} takes ${other} this time.`);
  return other;
}

/** Whether something answers there. */
export function answers(port: number, host = HOST): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    const done = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => done(true));
    socket.once('error', () => done(false));
  });
}
