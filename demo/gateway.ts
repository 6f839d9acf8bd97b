/** The entry point of `npm start`: the production gateway with the demo mounted on it. Not for production. */
import { loadConfig } from '../config/load.ts';
import { configFaultLogger } from '../infra/log.ts';
import { runProcess } from '../infra/process.ts';
import { startWatchdog } from '../infra/watchdog.ts';
import { createDemoGateway } from './demo-gateway.ts';

await runProcess(async () => {
  const config = await loadConfig(process.env, configFaultLogger);
  const call = startWatchdog(config, 'gateway');
  const gateway = await createDemoGateway(config, process.env, call);
  await gateway.listen();
  return gateway;
});
