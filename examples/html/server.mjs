import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createHubServer } from '@hubbub/node';

const { HUBBUB_URL: url = 'http://localhost:3000', HUBBUB_JWT_SECRET: secret, PORT = '8080' } = process.env;
if (!secret) {
  console.error('HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.');
  process.exit(1);
}
if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
  console.error(`PORT must be a port number from 0 to 65535, not "${PORT}".`);
  process.exit(1);
}
const hub = createHubServer({ url, secret });

const page = new URL('index.html', import.meta.url);
const script = new URL(import.meta.resolve('@hubbub/inbox/browser/hubbub-inbox.js'));

/** @type {Record<string, (query: URLSearchParams) => Promise<{ status?: number, type: string, body: string }>>} */
const routes = {
  '/': async () => ({ type: 'text/html', body: await readFile(page, 'utf8') }),
  '/hubbub-inbox.js': async () => ({ type: 'text/javascript', body: await readFile(script, 'utf8') }),
  '/token': async (query) => {
    // In earnest the user comes from your own sign-in, never from the request.
    const user = query.get('user');
    if (!user) return { status: 400, type: 'text/plain', body: 'the query names no user' };
    const token = await hub.tokenFor(user, { name: user, objects: ['project:acme', 'issue'] });
    return { type: 'application/json', body: JSON.stringify({ url, token }) };
  },
};

const server = createServer(async (request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
  const route = routes[pathname];
  if (!route) return response.writeHead(404).end();
  try {
    const { status = 200, type, body } = await route(searchParams);
    response.writeHead(status, { 'content-type': `${type}; charset=utf-8` }).end(body);
  } catch (error) {
    console.error(error);
    response.writeHead(500).end();
  }
});
server.on('error', (error) => {
  console.error(`No page can be served at port ${PORT}: ${error.message}`);
  process.exit(1);
});
server.listen(Number(PORT), () => {
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  console.log(`Open http://localhost:${port}/?as=ann and http://localhost:${port}/?as=ben`);
});
