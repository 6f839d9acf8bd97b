import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createHubServer } from '@hubbub/node';
import express from 'express';

const { HUBBUB_URL: url = 'http://localhost:3000', HUBBUB_JWT_SECRET: secret, PORT = '8082' } = process.env;
const pages = fileURLToPath(new URL('dist', import.meta.url));

function stop(reason) {
  console.error(reason);
  process.exit(1);
}
if (!secret) stop('HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.');
if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
  stop(`PORT must be a port number from 0 to 65535, not "${PORT}".`);
}
if (!existsSync(pages)) stop('dist is missing: run "npm run build" first.');

const hub = createHubServer({ url, secret });
const people = [
  { id: 'ann', name: 'Ann Baker' },
  { id: 'ben', name: 'Ben Carter' },
  { id: 'cleo', name: 'Cleo Diaz' },
];

const app = express();
app.use(express.json());
app.use(express.static(pages));

// The page loads this before it connects.
app.get('/session', (_request, response) => {
  response.json({ url, people });
});

// In production, take the user from your own sign-in, never from the request.
app.post('/token', async (request, response) => {
  const user = people.find(({ id }) => id === request.body?.user);
  if (!user) return response.status(403).json({ error: 'unknown user' });
  // Your application decides the permissions: here, everything about one project and its issues.
  const objects = ['project:relaunch', 'issue'];
  const token = await hub.tokenFor(user.id, { name: user.name, objects, expiresIn: 600 });
  response.json({ token });
});

const server = app.listen(Number(PORT), (error) => {
  if (error) stop(`Nothing can be served at port ${PORT}: ${error.message}`);
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  console.log(`The board is at http://localhost:${port}`);
});
