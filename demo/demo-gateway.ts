/** A gateway with the demo mounted on it: what `npm start` runs, and the browser tests. */
import { type Config, ConfigError } from '../infra/config.ts';
import { createGateway, type Gateway } from '../server/gateway.ts';
import { Api } from './api.ts';
import { readAssets } from './assets.ts';
import { cast, serviceAccount } from './cast.ts';
import { githubActions } from './github.ts';
import { Replayer } from './replayer.ts';
import { addDemo } from './routes.ts';
import { signToken, tokenSource } from './token.ts';

export interface DemoGateway extends Gateway {
  /** Settles when everyone of the cast follows what they follow; rejects where the hub refuses. */
  ready(): Promise<void>;
}

/** How long the cast's trackers are tried for: the services may still be coming up. */
const patience = 60_000;

/** @throws ConfigError where tokens cannot be signed, or this is production */
export async function createDemoGateway(config: Config, env: NodeJS.ProcessEnv): Promise<DemoGateway> {
  if (env.NODE_ENV === 'production') {
    throw new ConfigError(
      'NODE_ENV is production: the demo gives tokens to anybody, run server/main.ts instead',
    );
  }
  const { jwtSecret } = config;
  if (jwtSecret === null)
    throw new ConfigError('HUBBUB_JWT_SECRET is not set: the demo signs tokens with it');
  const signer = { ...config, jwtSecret };
  const token = tokenSource(signer, { user: serviceAccount, scope: 'service' });
  const ended = new AbortController();
  // Known once the gateway listens; nothing is asked for before that.
  let url = '';
  let following: Promise<void> = Promise.resolve();

  const replayer = new Replayer(githubActions(), (signal) => new Api({ url, token, signal }));
  const assets = await readAssets();
  const gateway = createGateway(config, {
    routes: (app) =>
      addDemo(app, {
        assets,
        cast,
        replayer,
        tokenFor: (user) => signToken(signer, { user, scope: 'feed log track', objects: ['*'] }),
      }),
  });

  /** Through the public API, as an application would; the same trackers each time, so that nothing changes. */
  async function follow(): Promise<void> {
    const api = new Api({ url, token, patience, signal: ended.signal });
    await api.untilReady();
    for (const { id, follows } of cast) {
      for (const tracker of follows) await api.track(id, tracker);
    }
  }

  return {
    async listen() {
      const listening = await gateway.listen();
      url = listening.url;
      following = follow();
      following.catch((error: unknown) => {
        if (!ended.signal.aborted)
          process.stderr.write(`The demo's people follow nothing: ${String(error)}\n`);
      });
      return listening;
    },
    ready: () => following,
    async close() {
      ended.abort();
      await replayer.stop();
      await gateway.close();
    },
  };
}
