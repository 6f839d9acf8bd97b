import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Api } from '../../../demo/api.ts';
import { readAssets } from '../../../demo/assets.ts';
import { cast, serviceAccount } from '../../../demo/cast.ts';
import { createDemoGateway } from '../../../demo/demo-gateway.ts';
import { Replayer } from '../../../demo/replayer.ts';
import { addDemo } from '../../../demo/routes.ts';
import { readConfig } from '../../../infra/config.ts';

const settings = {
  MONGODB_URI: 'mongodb://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  PORT: '0',
};

let server: Server;
let url: string;

beforeAll(async () => {
  const app = express();
  addDemo(app, {
    assets: await readAssets(),
    cast,
    replayer: new Replayer([], (signal) => new Api({ url, token: async () => 'token', signal })),
    tokenFor: async (user) => `token of ${user}`,
  });
  server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, () => resolve(listening));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => new Promise((resolve) => server.close(resolve)));

const send = (path: string, body: unknown, method = 'POST') =>
  fetch(url + path, {
    method,
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json' },
  });

describe('the demo', () => {
  it('serves a page that runs nothing but its own script', async () => {
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
    for (const [, path] of html.matchAll(/(?:src|href)="(\/[^"]+)"/g)) {
      expect((await fetch(url + path)).status, path).toBe(200);
    }
  });

  it('gives tokens to its people and nobody else', async () => {
    expect(await (await send('/demo/token', { user: 'octocat' })).json()).toEqual({
      token: 'token of octocat',
    });
    for (const body of [
      { user: serviceAccount },
      { user: 'mallory' },
      { user: ['octocat'] },
      {},
      null,
      'octocat',
    ]) {
      expect((await send('/demo/token', body)).status, JSON.stringify(body)).toBe(400);
    }
  });

  it.each([[{}], [{ rate: 0 }], [{ rate: -1 }], [{ rate: '5' }], [{ rate: 1e9 }], [null]])(
    'refuses to replay at %j',
    async (body) => {
      expect((await send('/demo/replay', body)).status).toBe(400);
      expect(await (await fetch(`${url}/demo/replay`)).json()).toMatchObject({ running: false });
    },
  );

  it('is not to be had in production, nor without a secret to sign with', async () => {
    const config = readConfig({ ...settings, HUBBUB_JWT_SECRET: 'secret' });
    await expect(createDemoGateway(config, { NODE_ENV: 'production' })).rejects.toThrow(
      /^NODE_ENV is production/,
    );
    const keys = readConfig({ ...settings, HUBBUB_JWKS_URL: 'https://id.example.com/jwks.json' });
    await expect(createDemoGateway(keys, {})).rejects.toThrow(/^HUBBUB_JWT_SECRET is not set/);
  });
});
