/** Main file of `npm start`: the gateway as in production, with the demo mounted on it. Never used in production. */
import { readConfig } from '../infra/config.ts';
import { runProcess } from '../infra/process.ts';
import { createDemoGateway } from './demo-gateway.ts';

await runProcess(async () => {
  const gateway = await createDemoGateway(readConfig(process.env), process.env);
  await gateway.listen();
  return gateway;
});
