import { readConfig } from '../infra/config.ts';
import { runProcess } from '../infra/process.ts';
import { createGateway } from './gateway.ts';

await runProcess(async () => {
  const gateway = createGateway(readConfig(process.env));
  await gateway.listen();
  return gateway;
});
