import { loadConfig } from '../infra/load.ts';
import { runProcess } from '../infra/process.ts';
import { createWorker } from './worker.ts';

await runProcess(async () => {
  const worker = createWorker(await loadConfig(process.env));
  await worker.start();
  return worker;
});
