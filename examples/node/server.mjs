import { createHubServer, HubError, trackPages } from '@hubbub/node';
import express from 'express';

const { HUBBUB_URL: url = 'http://localhost:3000', HUBBUB_JWT_SECRET: secret, PORT = '8081' } = process.env;
if (!secret) {
  console.error('HUBBUB_JWT_SECRET is missing: set it to the secret that the hub was started with.');
  process.exit(1);
}
if (!/^\d{1,5}$/.test(PORT) || Number(PORT) > 65_535) {
  console.error(`PORT must be a port number from 0 to 65535, not "${PORT}".`);
  process.exit(1);
}
const hub = createHubServer({ url, secret });

/** In earnest: who is signed in. Here a header says it. */
const userOf = (request) => request.get('x-user') ?? null;
const issue = (id) => ({ type: 'issue', id, name: `issue ${id}`, url: `/issues/${id}` });

const app = express();

// Every page that somebody sees is on record: who, which, about what.
app.use(
  trackPages(hub, {
    user: userOf,
    related: (request) => (request.params.id ? issue(request.params.id) : null),
    ignore: (request) => request.path === '/token',
    onError: (error) => console.error('not recorded:', error.message),
  }),
);

app.use((request, response, next) => {
  if (userOf(request)) next();
  else response.status(401).send('The header x-user says who you are.\n');
});

app.get('/issues/:id', (request, response) => {
  response.send(`This is issue ${request.params.id}.\n`);
});

// Everyone who follows an issue is notified of what happens to it.
app.post('/issues/:id/follow', async (request, response) => {
  await hub.track(userOf(request), { to: issue(request.params.id), actorOnly: false });
  response.send('You follow it.\n');
});

app.post('/issues/:id/close', async (request, response) => {
  const user = userOf(request);
  await hub.log({
    actor: { type: 'user', id: user, name: user },
    verb: 'closed',
    targets: issue(request.params.id),
    // A request that is sent twice closes, and tells, once.
    key: request.get('idempotency-key'),
  });
  response.send('Closed.\n');
});

// For the pages of this application: they connect to the hub with it, and show the feed.
app.get('/token', async (request, response) => {
  const token = await hub.tokenFor(userOf(request), { objects: ['issue'], expiresIn: 3600 });
  response.json({ url, token });
});

// Express wants all four.
app.use((error, _request, response, _next) => {
  console.error(error);
  const away = error instanceof HubError && error.retryable;
  response.status(away ? 503 : 500).send(away ? 'Try again in a moment.\n' : 'Something went wrong.\n');
});

const server = app.listen(Number(PORT), (error) => {
  if (error) {
    console.error(`Nothing can be served at port ${PORT}: ${error.message}`);
    process.exit(1);
  }
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : PORT;
  console.log(`The application is at http://localhost:${port}`);
});
