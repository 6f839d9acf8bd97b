import { loadConfig } from '../config/load.ts';
import { configFaultLogger } from '../infra/log.ts';
import { runProcess } from '../infra/process.ts';
import { startWatchdog } from '../infra/watchdog.ts';
import { createGateway } from './gateway.ts';

await runProcess(async () => {
  const config = await loadConfig(process.env, configFaultLogger);
  const gateway = createGateway(config, { call: startWatchdog(config, 'gateway') });
  await gateway.listen();
  return gateway;
});
