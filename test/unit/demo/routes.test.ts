import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readConfig } from '../../../config/config.ts';
import { Api } from '../../../demo/api.ts';
import { readAssets } from '../../../demo/assets.ts';
import { Board } from '../../../demo/board.ts';
import { createDemoGateway } from '../../../demo/demo-gateway.ts';
import type { Issue } from '../../../demo/page/project.ts';
import { Replayer } from '../../../demo/replayer.ts';
import { addDemo } from '../../../demo/routes.ts';
import { serviceAccount, users } from '../../../demo/users.ts';

const settings = {
  MONGODB_URI: 'mongodb://127.0.0.1:1/none',
  REDIS_URL: 'redis://127.0.0.1:1',
  PORT: '0',
};

let server: Server;
let url: string;
let board: Board;
/** The demo's calls to the hub. */
const hubCalls: Array<{ call: 'log' | 'deleteObject'; input: unknown }> = [];

beforeAll(async () => {
  const app = express();
  let ids = 0;
  board = new Board(() => `n${++ids}`);
  addDemo(app, {
    host: '127.0.0.1',
    assets: await readAssets(),
    users,
    board,
    hub: () => ({
      log: async (input) => {
        hubCalls.push({ call: 'log', input });
        return { ids: ['1'] };
      },
      deleteObject: async (object, input) => {
        hubCalls.push({ call: 'deleteObject', input: { object, ...input } });
        return { type: 'issue', id: 'gone', deleted: true, description: 'gone', serialization: null };
      },
    }),
    replayer: new Replayer([], (signal) => new Api({ url, token: async () => 'token', signal })),
    tokenFor: async ({ id }) => `token of ${id}`,
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
  it('serves a page that runs only its own script', async () => {
    const page = await fetch(url);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    const html = await page.text();
    expect(html).not.toMatch(/<script(?![^>]*src=)/);
    for (const [, path] of html.matchAll(/<(?:script|link)[^>]*(?:src|href)="(\/[^"]+)"/g)) {
      expect((await fetch(url + path)).status, path).toBe(200);
    }
  });

  it('gives tokens to its users only', async () => {
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

  it('keeps the issues of its project: opened, closed and reopened', async () => {
    const opened = await send('/demo/board', { title: '  A new\nissue ' });
    expect(opened.status).toBe(201);
    const issue: Issue = JSON.parse(await opened.text());
    expect(issue).toEqual({ id: 'website/n1', title: 'A new issue', open: true });
    await send('/demo/board', { ids: [issue.id, 'website/unknown'], open: false }, 'PATCH');
    expect(await (await fetch(`${url}/demo/board`)).json()).toEqual({ issues: [{ ...issue, open: false }] });
    await send('/demo/board', { ids: [issue.id], open: true }, 'PATCH');
    expect(board.issues()).toEqual([issue]);
  });

  it('deletes only issues of its project, for users of the demo', async () => {
    board.fill([
      { id: 'website/kept', title: 'Kept', open: true },
      { id: 'website/gone', title: 'Gone', open: true },
    ]);
    hubCalls.length = 0;
    const remove = (body: unknown) => send('/demo/board', body, 'DELETE');
    for (const [body, field] of [
      [{ id: 'website/other', actions: 'keep', user: 'ada' }, 'id'],
      [{ id: 'project:website', actions: 'delete', user: 'ada' }, 'id'],
      [{ id: 'website/kept', actions: 'both', user: 'ada' }, 'actions'],
      [{ id: 'website/kept', actions: 'keep', user: 'mallory' }, 'user'],
    ] as const) {
      const response = await remove(body);
      expect(response.status, field).toBe(400);
      expect(await response.json(), field).toMatchObject({ detail: expect.stringMatching(`^${field}: `) });
    }
    expect(hubCalls).toEqual([]);

    await remove({ id: 'website/kept', actions: 'keep', user: 'ada' });
    expect(hubCalls).toMatchObject([
      { call: 'deleteObject', input: { object: { id: 'website/kept' }, actions: 'keep' } },
      { call: 'log', input: { actor: { id: 'ada' }, verb: 'deleted', targets: { id: 'website/kept' } } },
    ]);
    hubCalls.length = 0;
    await remove({ id: 'website/gone', actions: 'delete', user: 'grace' });
    expect(hubCalls).toMatchObject([{ call: 'deleteObject', input: { object: { id: 'website/gone' } } }]);
    expect(board.issues()).toEqual([]);
  });

  it.each([
    ['POST', {}],
    ['POST', { title: ' ' }],
    ['POST', { title: 7 }],
    ['PATCH', { ids: 'website/1', open: true }],
    ['PATCH', { ids: [1], open: true }],
    ['PATCH', { ids: [], open: 'yes' }],
    ['DELETE', null],
  ])('refuses to change the board by %s %j', async (method, body) => {
    expect((await send('/demo/board', body, method)).status).toBe(400);
  });

  it.each([[{}], [{ rate: 0 }], [{ rate: -1 }], [{ rate: '5' }], [{ rate: 1e9 }], [null]])(
    'refuses to replay at %j',
    async (body) => {
      expect((await send('/demo/replay', body)).status).toBe(400);
      expect(await (await fetch(`${url}/demo/replay`)).json()).toMatchObject({ running: false });
    },
  );

  it('is not available in production, or without a secret to sign tokens', async () => {
    const config = readConfig({ ...settings, HUBBUB_JWT_SECRET: 'a secret that only this test knows' });
    await expect(createDemoGateway(config, { NODE_ENV: 'production' })).rejects.toThrow(
      /^NODE_ENV is production/,
    );
    const keys = readConfig({ ...settings, HUBBUB_JWKS_URL: 'https://id.example.com/jwks.json' });
    await expect(createDemoGateway(keys, {})).rejects.toThrow(/^HUBBUB_JWT_SECRET is not set/);
  });
});
