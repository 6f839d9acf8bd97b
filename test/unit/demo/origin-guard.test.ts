/** The demo gives a token to every request, so the guard limits who may request one. */
import { type IncomingHttpHeaders, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { describe, expect, it, onTestFinished } from 'vitest';
import { hostInUrl, isLoopback } from '../../../config/host.ts';
import { requireOwnPage } from '../../../demo/origin-guard.ts';

/** Returns the status of a demo whose hub listens at `host`. Does not use fetch, which does not allow `Host` and `Origin`. */
async function statusOf(
  host: string,
  method: string,
  headers: IncomingHttpHeaders,
): Promise<number | undefined> {
  const app = express();
  app.use(requireOwnPage(host), (_request, response) => void response.json({ token: 'a' }));
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, '127.0.0.1', () => resolve(listening));
  });
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  return new Promise((resolve, reject) => {
    const request = send({ port, host: '127.0.0.1', method, headers, path: '/demo/token' }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.once('error', reject);
    request.end();
  });
}

describe('a demo for this machine only', () => {
  it.each([
    'localhost',
    'localhost:3000',
    'LOCALHOST:3000',
    'demo.localhost:1',
    '127.0.0.1:3000',
    '[::1]:3000',
  ])('allows the host name %s', async (host) => {
    for (const method of ['GET', 'POST']) expect(await statusOf('127.0.0.1', method, { host })).toBe(200);
  });

  it.each([
    'evil.example',
    'evil.example:3000',
    'localhost.evil.example',
    '127.0.0.1.evil.example',
    'localhost@evil.example',
    '192.168.1.5:3000',
    '0.0.0.0',
    'nonsense host',
  ])('refuses the host name %j, as after DNS rebinding', async (host) => {
    for (const method of ['GET', 'POST', 'DELETE'])
      expect(await statusOf('127.0.0.1', method, { host })).toBe(403);
    expect(await statusOf('localhost', 'POST', { host })).toBe(403);
  });
});

it('the demo allows other host names if the hub listens on other addresses', async () => {
  for (const listens of ['0.0.0.0', '192.168.1.5', '::'])
    expect(await statusOf(listens, 'POST', { host: 'demo.example.com' })).toBe(200);
});

describe('a page of another site', () => {
  it.each<[string, IncomingHttpHeaders]>([
    ['says its origin', { origin: 'https://evil.example' }],
    ['says no origin that could be one', { origin: 'null' }],
    ['is at another port', { origin: 'http://localhost:8080' }],
    ['is reported by the browser', { 'sec-fetch-site': 'cross-site' }],
    ['is of the same site', { 'sec-fetch-site': 'same-site', origin: 'http://localhost:3000' }],
  ])('that %s can change nothing and gets no token', async (_what, headers) => {
    for (const listens of ['127.0.0.1', '0.0.0.0'])
      for (const method of ['POST', 'PATCH', 'DELETE'])
        expect(await statusOf(listens, method, { host: 'localhost:3000', ...headers })).toBe(403);
  });

  it('may link here', async () => {
    const headers = { host: 'localhost:3000', 'sec-fetch-site': 'cross-site' };
    expect(await statusOf('127.0.0.1', 'GET', headers)).toBe(200);
  });
});

it('the demo’s own page and programs on this machine are allowed', async () => {
  const own = { host: 'localhost:3000', origin: 'http://localhost:3000', 'sec-fetch-site': 'same-origin' };
  expect(await statusOf('127.0.0.1', 'POST', own)).toBe(200);
  expect(await statusOf('127.0.0.1', 'POST', { host: 'localhost:3000' })).toBe(200);
});

it('a hub that listens on all addresses is reachable at the loopback address', () => {
  expect([null, '0.0.0.0', '::', '127.0.0.1', '::1', 'hub.lan'].map(hostInUrl)).toEqual([
    '127.0.0.1',
    '127.0.0.1',
    '127.0.0.1',
    '127.0.0.1',
    '[::1]',
    'hub.lan',
  ]);
  expect(['127.0.0.1', '::1', '[::1]', 'localhost', '127.9.9.9', '::ffff:127.0.0.1'].every(isLoopback)).toBe(
    true,
  );
  expect(['0.0.0.0', '::', '10.0.0.1', '127.evil.com', '128.0.0.1'].some(isLoopback)).toBe(false);
});
