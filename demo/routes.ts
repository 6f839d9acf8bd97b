/** What the demo adds to the gateway: the page, tokens for its people, the project's board and the replay's button. */
import { type Express, json, Router } from 'express';
import type { Asset } from './assets.ts';
import { type BoardParts, boardRoutes } from './board-routes.ts';
import type { Person } from './page/person.ts';
import type { Replayer } from './replayer.ts';
import { member, refuse } from './requests.ts';
import { ownPageOnly } from './visitors.ts';

export interface DemoParts extends BoardParts {
  /** Where the hub listens. */
  host: string;
  assets: ReadonlyMap<string, Asset>;
  replayer: Replayer;
  /** A token of one hour for someone of the cast. */
  tokenFor(person: Person): Promise<string>;
}

/** Actions per second that the page may ask for. */
const fastestReplay = 500;

/** Everything from this origin; pictures from anywhere, as payloads link to them. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' https: http: data:",
  "connect-src 'self' ws: wss:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export function addDemo(app: Express, parts: DemoParts): void {
  const demo = Router();
  demo.use(ownPageOnly(parts.host));
  for (const [path, asset] of parts.assets) {
    demo.get(path, (_request, response) => {
      response
        .set('content-security-policy', policy)
        .set('cache-control', 'no-cache')
        // Pictures of other sites would be refused otherwise.
        .set('cross-origin-embedder-policy', 'unsafe-none')
        .type(asset.type)
        .send(asset.body);
    });
  }
  demo.get('/demo/people', (_request, response) => {
    response.json({ items: parts.cast });
  });
  const body = json({ limit: '1kb', strict: false });
  demo.post('/demo/token', body, async (request, response) => {
    const user = member(request.body, 'user');
    const person = parts.cast.find(({ id }) => id === user);
    if (!person) return refuse(response, 'user: must be one of the people of the demo');
    response.json({ token: await parts.tokenFor(person) });
  });
  demo
    .route('/demo/replay')
    .get((_request, response) => {
      response.json(parts.replayer.status());
    })
    .post(body, async (request, response) => {
      const rate = member(request.body, 'rate');
      if (typeof rate !== 'number' || !(rate > 0) || rate > fastestReplay) {
        return refuse(response, `rate: must be a number of actions per second, at most ${fastestReplay}`);
      }
      response.json(await parts.replayer.start(rate));
    })
    .delete(async (_request, response) => {
      response.json(await parts.replayer.stop());
    });
  demo.use(boardRoutes(parts));
  app.use(demo);
}
