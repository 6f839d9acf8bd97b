/** Headers of every response, and requests that need no token. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { routePatterns } from '../../server/operations/operations.ts';
import { Api } from '../support/http.ts';
import { TestHub } from '../support/hub.ts';

const PAGE = 'https://app.example.com';

let hub: TestHub;
let open: TestHub;
beforeAll(async () => {
  hub = await TestHub.start({ workers: 0 });
  open = await TestHub.start({ workers: 0, settings: { HUBBUB_CORS_ORIGIN: PAGE } });
});
afterAll(async () => {
  await hub.close();
  await open.close();
});

const paths = routePatterns
  .filter((path) => path.startsWith('/v1/'))
  .map((path) => path.replace(/:\w+/g, 'a:b'));

describe('responses of the API', () => {
  test('may not be cached, also errors', async () => {
    for (const api of [await hub.api('ada'), new Api(hub.url, null)]) {
      const { headers } = await api.get('/v1/users/ada/feed');
      expect(headers.get('cache-control')).toBe('no-store');
      expect(headers.get('vary')).toBe('Authorization, Accept-Language');
    }
  });

  test('also vary by origin if other origins are allowed', async () => {
    const { headers } = await (await open.api('ada')).get('/v1/users/ada/feed');
    expect(headers.get('vary')).toContain('Origin');
    expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
  });
});

describe('a preflight needs no token', () => {
  const request = (url: string, path: string, method: string) =>
    fetch(url + path, {
      method: 'OPTIONS',
      headers: {
        Origin: PAGE,
        'Access-Control-Request-Method': method,
        'Access-Control-Request-Headers': 'authorization,content-type,idempotency-key',
      },
    });

  test.each(paths)('for %s', async (path) => {
    for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']) {
      const { status, headers } = await request(open.url, path, method);
      expect(status).toBe(204);
      expect(headers.get('access-control-allow-origin')).toBe(PAGE);
      expect(headers.get('access-control-allow-methods')).toContain(method);
      expect(headers.get('access-control-allow-headers')).toBe('authorization,content-type,idempotency-key');

      const closed = await request(hub.url, path, method);
      expect([closed.status, closed.headers.get('access-control-allow-origin')]).toEqual([204, null]);
    }
  });
});

describe('responses of Engine.IO', () => {
  const polling = '/socket.io/?EIO=4&transport=polling';

  test('carry the same headers as all others', async () => {
    const ignored = [
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'etag',
      'keep-alive',
    ];
    const namesOf = async (path: string) =>
      [...(await fetch(hub.url + path)).headers].filter(([name]) => !ignored.includes(name));
    expect(await namesOf(polling)).toEqual(await namesOf('/healthz'));
    expect((await fetch(hub.url + polling)).headers.get('cache-control')).toBe('no-store');
  });

  test.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS'])('to %s are 405', async (method) => {
    const opened = await (await fetch(hub.url + polling)).text();
    const { sid } = JSON.parse(opened.slice(1)) as { sid: string };
    for (const path of [polling, `${polling}&sid=${sid}`]) {
      const response = await fetch(hub.url + path, { method });
      expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
      expect(await response.json()).toMatchObject({ code: 'method_not_allowed', status: 405 });
    }
  });

  test('are no scripts', async () => {
    const response = await fetch(`${hub.url}${polling}&j=0`);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json; charset=utf-8',
    ]);
  });
});
