/** A gateway with the demo mounted on it. `npm start` and the browser tests run it. */
import { createHubServer, type HubServer } from '@hubbub/node';
import { type Config, ConfigError } from '../config/config.ts';
import { LOOPBACK } from '../config/host.ts';
import type { Handler } from '../core/settings.ts';
import type { CurrentCall } from '../infra/current-call.ts';
import { errorLine } from '../infra/error-record.ts';
import { createGateway, type Gateway } from '../server/gateway.ts';
import { Api } from './api.ts';
import { readAssets } from './assets.ts';
import { Board } from './board.ts';
import { githubActions } from './github.ts';
import { withDemoMessages } from './messages.ts';
import { groupingWindow, verbs } from './page/project.ts';
import { Replayer } from './replayer.ts';
import { reviewHandler } from './reviews.ts';
import { addDemo } from './routes.ts';
import { seedDemo } from './seed.ts';
import { tokenSource } from './token.ts';
import { serviceAccount, users } from './users.ts';

export interface DemoGateway extends Gateway {
  /**
   * Resolves when the demo is seeded: all trackers exist and the board is filled. Rejects if the hub rejects a call.
   */
  ready(): Promise<void>;
}

/** Milliseconds for which seeding is retried, because the services may still be starting. */
const seedTimeout = 60_000;

/** @throws ConfigError if tokens cannot be signed, or in production */
export async function createDemoGateway(
  config: Config,
  env: NodeJS.ProcessEnv,
  call?: CurrentCall,
): Promise<DemoGateway> {
  if (env.NODE_ENV === 'production') {
    throw new ConfigError(
      'NODE_ENV is production: the demo gives tokens to anybody, run server/main.ts instead',
    );
  }
  const { jwtSecret } = config;
  if (jwtSecret === null)
    throw new ConfigError('HUBBUB_JWT_SECRET is not set: the demo signs tokens with it');
  const token = tokenSource({ ...config, jwtSecret }, { user: serviceAccount, scope: 'service' });
  const closing = new AbortController();
  // Set when the gateway listens. It is not used before.
  let url = '';
  let seeding: Promise<void> = Promise.resolve();
  let server: HubServer | undefined;
  const hub = (): HubServer => {
    server ??= createHubServer({
      url,
      secret: jwtSecret,
      name: serviceAccount,
      ...(config.jwtIssuer !== null && { issuer: config.jwtIssuer }),
      ...(config.jwtAudience !== null && { audience: config.jwtAudience }),
    });
    return server;
  };

  const board = new Board(() => crypto.randomUUID().slice(0, 8));
  const replayer = new Replayer(githubActions(), (signal) => new Api({ url, token, signal }));
  const assets = await readAssets();
  // Anyone who can reach the demo gets tokens, so by default it listens only on this machine.
  const host = config.host ?? LOOPBACK;
  const gateway = createGateway(
    {
      ...withHandlers(
        { ...config, settings: withDemoMessages(config.settings) },
        reviewHandler({ board, hub }),
      ),
      host,
    },
    {
      call,
      routes: (app) =>
        addDemo(app, {
          host,
          assets,
          users,
          board,
          hub,
          replayer,
          tokenFor: ({ id, name, image }) =>
            hub().tokenFor(id, {
              scope: ['feed', 'log', 'track'],
              objects: ['*'],
              name,
              ...(image !== undefined && { picture: image }),
            }),
        }),
    },
  );

  return {
    log: gateway.log,
    async listen() {
      const listening = await gateway.listen();
      url = listening.url;
      const api = new Api({ url, token, retryTimeout: seedTimeout, signal: closing.signal });
      seeding = seedDemo({ api, hub: hub(), board, now: Date.now });
      seeding.catch((error: unknown) => {
        if (!closing.signal.aborted) process.stderr.write(`cannot seed the demo: ${errorLine(error)}\n`);
      });
      return listening;
    },
    ready: () => seeding,
    async close() {
      closing.abort();
      await replayer.stop();
      await gateway.close();
    },
  };
}

/**
 * Adds the handler of reviews: only gateways ask it, so the workers need no configuration. Also allows users to group
 * issues that they close or reopen together, as an application would configure its verbs. This only raises the limit
 * for users: the requested delay comes with each action.
 */
function withHandlers(config: Config, review: Handler): Config {
  const handlers = new Map(config.settings.handlers).set(review.verb, review);
  for (const verb of [verbs.closed, verbs.reopened]) {
    const configured = handlers.get(verb)?.groupingDelay ?? config.settings.groupingDelay;
    handlers.set(verb, { ...handlers.get(verb), verb, groupingDelay: Math.max(configured, groupingWindow) });
  }
  return { ...config, settings: { ...config.settings, handlers } };
}
