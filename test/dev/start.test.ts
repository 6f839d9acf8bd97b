import { existsSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tryPort } from '../../dev/ports.ts';
import { until } from './database.ts';
import { launch, processesOf, temporaryFolder } from './launcher.ts';

const STOP_MS = 5_000;

async function freePort(): Promise<number> {
  const port = await tryPort(0);
  if (!port) throw new Error('no free port');
  return port;
}

describe('npm start', () => {
  it('serves a page, and stops everything at Ctrl-C', async () => {
    const data = temporaryFolder();
    const port = await freePort();
    const start = launch('start.mjs', [], { HUBBUB_DATA: data, PORT: String(port) });
    await start.said(`Hubbub is running:  http://localhost:${port}`);
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/healthz`)).status).toBe(200);
    // Other addresses of this machine, such as 127.0.0.2, refuse connections.
    await expect(fetch(`http://127.0.0.2:${port}/healthz`)).rejects.toThrow();
    const secret = join(data, 'jwt-secret');
    expect(start.output()).toContain(`Secret   cat ${secret}`);
    expect(readFileSync(secret, 'utf8').length).toBeGreaterThanOrEqual(32);
    expect(statSync(secret).mode & 0o777).toBe(0o600);
    start.process.kill('SIGINT');
    await until(() => processesOf(data).length === 0, STOP_MS, `all of ${processesOf(data)} ended`);
    expect(await start.exited).toBe(0);
  });

  it('leaves nothing behind when its launcher is killed', async () => {
    const data = temporaryFolder();
    const port = await freePort();
    const start = launch('start.mjs', [], { HUBBUB_DATA: data, PORT: String(port) });
    await start.said('Hubbub is running');
    start.process.kill('SIGKILL');
    await until(() => processesOf(data).length === 0, STOP_MS, `all of ${processesOf(data)} ended`);
  });

  it('restarts a killed gateway', async () => {
    const data = temporaryFolder();
    const port = await freePort();
    const start = launch('start.mjs', [], { HUBBUB_DATA: data, PORT: String(port) });
    await start.said('Hubbub is running');
    const gateway = processesOf(data).find((pid) => {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
      return command.includes('demo/gateway.ts') && !command.startsWith('sh');
    });
    process.kill(Number(gateway), 'SIGKILL');
    await start.said('The gateway ended unexpectedly (exit code 137). Restarting in 0.5 s.');
    await until(
      async () => (await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined))?.status === 200,
      30_000,
      'back',
    );
  });

  it('reports a PORT that is in use', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const data = temporaryFolder();
    const start = launch('start.mjs', [], { HUBBUB_DATA: data, PORT: String(port) });
    expect(await start.exited).toBe(1);
    expect(start.output()).toBe(`Port ${port} is in use: stop what uses it, or set PORT to another one.\n`);
    expect(existsSync(join(data, 'redis'))).toBe(false);
  });

  it('reports an invalid PORT', async () => {
    const start = launch('start.mjs', [], { HUBBUB_DATA: temporaryFolder(), PORT: 'http' });
    expect(await start.exited).toBe(1);
    expect(start.output()).toBe('PORT must be a number up to 65535, not "http".\n');
  });

  it('listens at the configured host', async () => {
    const data = temporaryFolder();
    const port = await freePort();
    const start = launch('start.mjs', [], { HUBBUB_DATA: data, PORT: String(port), HUBBUB_HOST: '0.0.0.0' });
    await start.said(`Hubbub is running:  http://localhost:${port}`);
    expect((await fetch(`http://127.0.0.2:${port}/demo/people`)).status).toBe(200);
  });

  it('refuses a weak secret', async () => {
    const settings = { HUBBUB_DATA: temporaryFolder(), HUBBUB_JWT_SECRET: 'a' };
    const start = launch('start.mjs', [], settings);
    expect(await start.exited).toBe(1);
    expect(start.output()).toContain('HUBBUB_JWT_SECRET must have at least 32 bytes');
  });

  it('refuses arguments', async () => {
    const start = launch('start.mjs', ['--port', '9'], { HUBBUB_DATA: temporaryFolder() });
    expect(await start.exited).toBe(1);
    expect(start.output()).toBe(
      'npm start takes no arguments, such as --port: PORT and the other settings are environment variables.\n',
    );
  });

  it('shows the error of a wrong setting, and exits', async () => {
    const data = temporaryFolder();
    const settings = { HUBBUB_DATA: data, PORT: String(await freePort()), LOG_LEVEL: 'loudest' };
    const start = launch('start.mjs', [], settings);
    expect(await start.exited).toBe(1);
    expect(start.output()).toMatch(/\[(gateway|worker)\] .*LOG_LEVEL/);
    expect(start.output()).toMatch(
      /The (gateway|worker) did not start \(exit code \d+\); see its output above\./,
    );
    expect(processesOf(data)).toEqual([]);
  });
});
