// Serves the page, the SDK's script and tokens. HUBBUB_URL and HUBBUB_JWT_SECRET are the hub's.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createHubServer } from '@hubbub/client/server';

const url = process.env.HUBBUB_URL ?? 'http://localhost:3000';
const secret = process.env.HUBBUB_JWT_SECRET;
if (!secret) {
  console.error('HUBBUB_JWT_SECRET is missing: the secret that the hub was started with');
  process.exit(1);
}
const hub = createHubServer({ url, secret });

const beside = (name) => new URL(name, import.meta.url);
const files = {
  '/': [beside('index.html'), 'text/html; charset=utf-8'],
  '/page.js': [beside('page.js'), 'text/javascript; charset=utf-8'],
  '/hubbub-inbox.js': [
    new URL(import.meta.resolve('@hubbub/client/browser/hubbub-inbox.js')),
    'text/javascript; charset=utf-8',
  ],
};

async function answer(request, response) {
  const { pathname, searchParams } = new URL(request.url, 'http://localhost');
  if (pathname === '/token') {
    const user = searchParams.get('user');
    if (!user) return response.writeHead(400).end('user is missing');
    // A real application takes the user from its own session, never from the request.
    const token = await hub.tokenFor(user, { objects: ['project:acme'] });
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    return response.end(JSON.stringify({ url, token }));
  }
  if (!(pathname in files)) return response.writeHead(404).end('not found');
  const [file, type] = files[pathname];
  response.writeHead(200, { 'content-type': type }).end(await readFile(file));
}

const server = createServer((request, response) => {
  answer(request, response).catch((error) => {
    console.error(error.message);
    response.writeHead(500).end('something went wrong');
  });
});
server.listen(Number(process.env.PORT ?? 8080), () => {
  console.log(`http://localhost:${server.address().port}/?as=monalisa`);
});

// For the example only: monalisa follows the project, so that what happens there reaches her.
await hub.track('monalisa', { to: 'project:acme', actorOnly: false });
