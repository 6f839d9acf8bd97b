import { readConfig } from '../infra/config.ts';
import { runProcess } from '../infra/process.ts';
import { createWorker } from './worker.ts';

await runProcess(async () => {
  const worker = createWorker(readConfig(process.env));
  await worker.start();
  return worker;
});
