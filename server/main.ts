import { loadConfig } from '../infra/load.ts';
import { runProcess } from '../infra/process.ts';
import { createGateway } from './gateway.ts';

await runProcess(async () => {
  const gateway = createGateway(await loadConfig(process.env));
  await gateway.listen();
  return gateway;
});
