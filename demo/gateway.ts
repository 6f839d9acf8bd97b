/** Main file of `npm start`: the gateway as in production, with the demo mounted on it. Never used in production. */
import { loadConfig } from '../infra/load.ts';
import { runProcess } from '../infra/process.ts';
import { watchHandlers } from '../infra/watchdog.ts';
import { createDemoGateway } from './demo-gateway.ts';

await runProcess(async () => {
  const config = await loadConfig(process.env);
  const call = watchHandlers(config, 'gateway');
  const gateway = await createDemoGateway(config, process.env, call);
  await gateway.listen();
  return gateway;
});
