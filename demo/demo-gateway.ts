/** A gateway with the demo mounted on it: what `npm start` runs, and the browser tests. */
import { createHubServer, type HubServer } from '@hubbub/client/server';
import { type Config, ConfigError } from '../infra/config.ts';
import type { CurrentCall } from '../infra/current-call.ts';
import { errorLine } from '../infra/error-record.ts';
import { LOOPBACK } from '../infra/host.ts';
import { createGateway, type Gateway } from '../server/gateway.ts';
import { Api } from './api.ts';
import { readAssets } from './assets.ts';
import { Board } from './board.ts';
import { cast, serviceAccount } from './cast.ts';
import { githubActions } from './github.ts';
import { groupedWithin, verbs } from './page/project.ts';
import { Replayer } from './replayer.ts';
import { addDemo } from './routes.ts';
import { setScene } from './setting.ts';
import { tokenSource } from './token.ts';

export interface DemoGateway extends Gateway {
  /** Settles when the scene is set: everyone follows what they follow, and the board is filled. Rejects where the hub refuses. */
  ready(): Promise<void>;
}

/** Milliseconds for which setting the scene is tried: the services may still be coming up. */
const patience = 60_000;

/** @throws ConfigError where tokens cannot be signed, or this is production */
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
  const ended = new AbortController();
  // Known once the gateway listens; nothing is asked for before that.
  let url = '';
  let setting: Promise<void> = Promise.resolve();
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
  // Who may reach it gets tokens, so it is for this machine unless a person decides otherwise.
  const host = config.host ?? LOOPBACK;
  const gateway = createGateway(
    { ...withGroupedVerbs(config), host },
    {
      call,
      routes: (app) =>
        addDemo(app, {
          host,
          assets,
          cast,
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
      const api = new Api({ url, token, patience, signal: ended.signal });
      setting = setScene({ api, hub: hub(), board, now: Date.now });
      setting.catch((error: unknown) => {
        if (!ended.signal.aborted) process.stderr.write(`The demo's scene is not set: ${errorLine(error)}\n`);
      });
      return listening;
    },
    ready: () => setting,
    async close() {
      ended.abort();
      await replayer.stop();
      await gateway.close();
    },
  };
}

/**
 * Lets people group issues that they move together: an application would configure its verbs so. Only what users may ask
 * for changes by it, and what they ask for comes with each action to the workers.
 */
function withGroupedVerbs(config: Config): Config {
  const handlers = new Map(config.settings.handlers);
  for (const verb of [verbs.closed, verbs.reopened]) {
    const own = handlers.get(verb)?.groupingDelay ?? config.settings.groupingDelay;
    handlers.set(verb, { ...handlers.get(verb), verb, groupingDelay: Math.max(own, groupedWithin) });
  }
  return { ...config, settings: { ...config.settings, handlers } };
}
