import { loadConfig } from '../config/load.ts';
import { configFaultLogger } from '../infra/log.ts';
import { runProcess } from '../infra/process.ts';
import { startWatchdog } from '../infra/watchdog.ts';
import { createWorker } from './worker.ts';

await runProcess(async () => {
  const config = await loadConfig(process.env, configFaultLogger);
  startWatchdog(config, 'worker');
  const worker = createWorker(config);
  await worker.start();
  return worker;
});
