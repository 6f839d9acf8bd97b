/** The demo's routes on the gateway: the page, tokens for its users, the project's board, and the replay control. */
import { type Express, json, Router } from 'express';
import type { Asset } from './assets.ts';
import { type BoardRoutesOptions, boardRoutes } from './board-routes.ts';
import { requireOwnPage } from './origin-guard.ts';
import type { Person } from './page/person.ts';
import type { Replayer } from './replayer.ts';
import { getField, sendProblem } from './requests.ts';

export interface DemoOptions extends BoardRoutesOptions {
  /** The address the hub listens on. */
  host: string;
  assets: ReadonlyMap<string, Asset>;
  replayer: Replayer;
  /** Signs a token for one of the demo's users, valid for one hour. */
  tokenFor(person: Person): Promise<string>;
}

/** The maximum rate that the page may request, in actions per second. */
const maxReplayRate = 500;

/** Allows this origin only; pictures from any origin, because payloads link to them. */
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

export function addDemo(app: Express, options: DemoOptions): void {
  const demo = Router();
  demo.use(requireOwnPage(options.host));
  for (const [path, asset] of options.assets) {
    demo.get(path, (_request, response) => {
      response
        .set('content-security-policy', policy)
        .set('cache-control', 'no-cache')
        // Otherwise browsers would block pictures of other sites.
        .set('cross-origin-embedder-policy', 'unsafe-none')
        .type(asset.type)
        .send(asset.body);
    });
  }
  demo.get('/demo/people', (_request, response) => {
    response.json({ items: options.users });
  });
  const body = json({ limit: '1kb', strict: false });
  demo.post('/demo/token', body, async (request, response) => {
    const user = getField(request.body, 'user');
    const person = options.users.find(({ id }) => id === user);
    if (!person) return sendProblem(response, 'user: must be one of the people of the demo');
    response.json({ token: await options.tokenFor(person) });
  });
  demo
    .route('/demo/replay')
    .get((_request, response) => {
      response.json(options.replayer.status());
    })
    .post(body, async (request, response) => {
      const rate = getField(request.body, 'rate');
      if (typeof rate !== 'number' || !(rate > 0) || rate > maxReplayRate) {
        return sendProblem(
          response,
          `rate: must be a number of actions per second, at most ${maxReplayRate}`,
        );
      }
      response.json(await options.replayer.start(rate));
    })
    .delete(async (_request, response) => {
      response.json(await options.replayer.stop());
    });
  demo.use(boardRoutes(options));
  app.use(demo);
}
