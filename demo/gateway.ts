/** Main file of `npm start`: the gateway as in production, with the demo mounted on it. Never used in production. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, readConfig } from '../infra/config.ts';
import { createGateway } from '../server/gateway.ts';
import { Api } from './api.ts';
import { readAssets } from './assets.ts';
import { cast, serviceAccount } from './cast.ts';
import { githubActions } from './github.ts';
import { Replayer } from './replayer.ts';
import { addDemo } from './routes.ts';
import { signToken, tokenSource } from './token.ts';

async function main(): Promise<void> {
  if (process.env.NODE_ENV === 'production') {
    throw new ConfigError(
      'NODE_ENV is production: the demo gives out tokens to anybody; start server/main.ts instead',
    );
  }
  const config = readConfig(process.env);
  const { jwtSecret } = config;
  if (jwtSecret === null)
    throw new ConfigError('HUBBUB_JWT_SECRET is not set: the demo signs its own tokens');
  const signer = { ...config, jwtSecret };
  const service = tokenSource(signer, { user: serviceAccount, scope: 'service' });

  // Known once the gateway listens; nobody can ask for a replay before that.
  let url = '';
  const replayer = new Replayer(githubActions(), (signal) => new Api({ url, token: service, signal }));
  const assets = await readAssets();
  const tokenFor = (user: string): Promise<string> =>
    signToken(signer, { user, scope: 'feed log track', objects: ['*'] });
  const gateway = await createGateway(config, {
    routes: (app) => addDemo(app, { assets, cast, replayer, tokenFor }),
  });
  ({ url } = await gateway.listen());
}
